// The line of step times through published results.

import type { TimingLine } from '@gaussmark/analysis';
import { type PublishedResults, parseSelection } from '@gaussmark/core';
import { linearRegression } from 'simple-statistics';
import type { Suite } from './suite.js';

/**
 * The published line for the problem of a suite and an optimizer: a + b n, fitted by least squares to the relative steps
 * with at most as many inner iterations as were measured here. With more, published runs may stop before the last one.
 *
 * @returns undefined where fewer than two steps are published for this problem with this batch size
 */
export function publishedLine(
  published: PublishedResults | undefined,
  { name, definition, batchSize }: Pick<Suite['problem'], 'name' | 'definition' | 'batchSize'>,
  { optimizer, points: measured }: Pick<TimingLine, 'optimizer' | 'points'>,
): TimingLine['published'] {
  const problem = published?.problems.find(
    (candidate) => candidate.problem === (definition ?? withoutDtype(name)),
  );
  if (published === undefined || problem === undefined) return undefined;
  if (problem.batchSize !== undefined && problem.batchSize !== batchSize) return undefined;
  const most = Math.max(...measured.map(({ innerIterations }) => innerIterations));
  const points = problem.configurations.flatMap((configuration) => {
    const { innerIterations, relativeStep } = configuration;
    if (configuration.optimizer !== optimizer || innerIterations === undefined || relativeStep === undefined)
      return [];
    return innerIterations > most ? [] : [{ innerIterations, ratio: relativeStep }];
  });
  if (points.length < 2) return undefined;
  const { m, b } = linearRegression(points.map(({ innerIterations, ratio }) => [innerIterations, ratio]));
  return { title: published.title, intercept: b, slope: m, points };
}

/** Compares a problem in another number type as well; any other change makes it a different problem. */
function withoutDtype(name: string): string {
  if (!/^[\w-]+\[dtype=\w+\]$/.test(name)) return name;
  return parseSelection(name).name;
}
