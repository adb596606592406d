// What is timed if nothing is named: the problems of a profile whose data are here, and its optimizers.

import { parseSelection } from '@gaussmark/core';
import { builtinProblems, findProfile } from '@gaussmark/harness';
import type { DataLibrary } from '@gaussmark/worker';

export interface ChosenProblems {
  readonly problems: readonly string[];
  /** Problems of the profile whose data are missing, with the datasets to fetch. */
  readonly missing: readonly { readonly problem: string; readonly dataset: string }[];
}

/** The problems of a profile, each once: those whose data are here, and those whose data are not. */
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

/** The optimizers of a profile, each once, without their hyperparameters. */
export async function optimizersOfProfile(profileName: string, cwd: string): Promise<string[]> {
  const { runs } = await findProfile(profileName, cwd);
  return [...new Set(runs.flatMap(({ optimizers }) => optimizers.map((text) => parseSelection(text).name)))];
}
