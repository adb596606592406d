// The default suite: the problems of a profile with local data, and its optimizers.

import { parseSelection } from '@gaussmark/core';
import { builtinProblems, findProfile } from '@gaussmark/harness';
import type { DataLibrary } from '@gaussmark/worker';

export interface ChosenProblems {
  readonly problems: readonly string[];
  /** Problems with missing data, and the datasets to fetch. */
  readonly missing: readonly { readonly problem: string; readonly dataset: string }[];
}

/** The distinct problems of a profile, with and without local data. */
export async function problemsOfProfile(
  profileName: string,
  library: DataLibrary,
  cwd: string,
): Promise<ChosenProblems> {
  const { runs } = await findProfile(profileName, cwd);
  const definitions = new Map((await builtinProblems()).map((problem) => [problem.name, problem]));
  const problems: string[] = [];
  const missing: ChosenProblems['missing'][number][] = [];
  for (const problem of new Set(runs.flatMap((run) => run.problems))) {
    const dataset = definitions.get(problem)?.dataset.name;
    if (dataset === undefined || (await library.has(dataset))) problems.push(problem);
    else missing.push({ problem, dataset });
  }
  return { problems, missing };
}

/** The distinct optimizers of a profile, without hyperparameters. */
export async function optimizersOfProfile(profileName: string, cwd: string): Promise<string[]> {
  const { runs } = await findProfile(profileName, cwd);
  return [...new Set(runs.flatMap(({ optimizers }) => optimizers.map((text) => parseSelection(text).name)))];
}
