// The line of step times through published results: what the archive of a paper says of SGN(n) in SGD steps.

import type { TimingLine } from '@gaussmark/analysis';
import { type PublishedResults, parseSelection } from '@gaussmark/core';
import { linearRegression } from 'simple-statistics';
import type { Suite } from './suite.js';

/**
 * The published line for the problem of a suite and an optimizer: a + b n through the relative steps with at most as many
 * CG iterations as were measured here, by least squares. With more, published runs end their CG by its tolerance.
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
  const most = Math.max(...measured.map(({ cgIterations }) => cgIterations));
  const points = problem.configurations.flatMap((configuration) => {
    const { cgIterations, relativeStep } = configuration;
    if (configuration.optimizer !== optimizer || cgIterations === undefined || relativeStep === undefined)
      return [];
    return cgIterations > most ? [] : [{ cgIterations, ratio: relativeStep }];
  });
  if (points.length < 2) return undefined;
  const { m, b } = linearRegression(points.map(({ cgIterations, ratio }) => [cgIterations, ratio]));
  return { title: published.title, intercept: b, slope: m, points };
}

/** A problem's steps in another number type are compared as well; with any other change it is another problem. */
function withoutDtype(name: string): string {
  if (!/^[\w-]+\[dtype=\w+\]$/.test(name)) return name;
  return parseSelection(name).name;
}
