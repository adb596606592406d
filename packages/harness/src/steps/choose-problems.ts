// Which problems are timed if none is named: those of the SGN paper, as far as their data are here.

import type { Registry } from '@gaussmark/core';
import { builtinProblems, findProfile } from '../builtin.js';
import { stateOf } from '../data-library.js';

export interface ChosenProblems {
  readonly problems: readonly string[];
  /** Problems of the profile whose data are missing, with the datasets to fetch. */
  readonly missing: readonly { readonly problem: string; readonly dataset: string }[];
}

/** The problems of a profile, each once: those whose data are here, and those whose data are not. */
export async function problemsOfProfile(
  profileName: string,
  registry: Registry,
  { cwd, cacheDirectory }: { readonly cwd: string; readonly cacheDirectory: string },
): Promise<ChosenProblems> {
  const { runs } = await findProfile(profileName, cwd);
  const definitions = new Map((await builtinProblems()).map((problem) => [problem.name, problem]));
  const problems: string[] = [];
  const missing: ChosenProblems['missing'][number][] = [];
  for (const problem of new Set(runs.flatMap((run) => run.problems))) {
    const dataset = definitions.get(problem)?.dataset.name;
    const { files } = dataset === undefined ? {} : await registry.load(registry.find('dataset', dataset));
    const here =
      dataset === undefined ||
      files === undefined ||
      (await stateOf({ name: dataset, files }, { cacheDirectory })).status === 'present';
    if (here) problems.push(problem);
    else missing.push({ problem, dataset });
  }
  return { problems, missing };
}
