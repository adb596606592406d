// Problems, engines and commits in words, for Markdown and the page.

import type { ReportEnvironment, ReportProblem } from '@gaussmark/analysis';
import { batchSizeWords, formatCount, formatQuantity, trainLossWords } from '@gaussmark/analysis/words';

export function problemFacts(problem: ReportProblem): string {
  const { dataset, model, loss, dtype, stepsPerEpoch } = problem;
  return [
    `${dataset.name}, ${formatCount(dataset.trainSize)} training and ${formatCount(dataset.testSize)} test examples`,
    `${model.name} with ${formatCount(model.parameterCount)} parameters`,
    spell(loss).toLowerCase(),
    `batches of ${batchSizeWords(problem)}, ${formatCount(stepsPerEpoch)} per epoch`,
    dtype,
    trainLossWords(problem),
  ].join(' · ');
}

export const engineFacts = ({ engines, threads }: ReportEnvironment): string[] => [
  ...Object.entries(engines).map(([name, version]) => `${name} ${version}`),
  formatQuantity(threads, 'thread'),
];

export function commitWords({ gitCommit, gitDirty }: ReportEnvironment): string {
  if (gitCommit === null) return 'outside a repository';
  return `commit ${gitCommit.slice(0, 12)}${gitDirty ? ' with local changes' : ''}`;
}

/** An identifier in words: `cgIterations` is "CG iterations"; a first word of two letters is an abbreviation. */
export function spell(name: string): string {
  const words = name.replace(/([a-z\d])([A-Z])/g, '$1 $2').toLowerCase();
  const [first] = /^([a-z]{2}\b|.)/.exec(words) ?? [''];
  return first.toUpperCase() + words.slice(first.length);
}
