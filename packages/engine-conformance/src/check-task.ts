// The worker's task to check an engine: starts it, runs every case and reports each result.

import type { Locations } from '@gaussmark/cell';
import { type Choice, defined } from '@gaussmark/core';
import { callPlugin, type KnownPlugins, loadPlugin, registryOf, type TaskOf } from '@gaussmark/worker';
import { type CaseResult, checkEngine, type NextCase } from './check.js';
import { LAWS } from './laws.js';
import { stepCases } from './step-cases.js';
import { conformanceCases } from './suite.js';

export type CheckEvent =
  | { readonly type: 'started'; readonly info: Readonly<Record<string, string | number | boolean>> }
  /** The next case, reported before it runs. */
  | { readonly type: 'next'; readonly next: NextCase }
  | { readonly type: 'result'; readonly result: CaseResult; readonly done: number; readonly total: number };

export interface CheckTask {
  readonly input: {
    readonly engine: Choice;
    /** Problems whose optimizer steps are checked too. */
    readonly problems: readonly string[];
    readonly known: KnownPlugins;
    readonly locations: Locations;
  };
  readonly event: CheckEvent;
  readonly result: null;
}

export const checkTask: TaskOf<CheckTask> = async (
  { engine: choice, problems, known, locations },
  { emit },
) => {
  const registry = registryOf(known);
  const entry = registry.find('engine', choice.name);
  const plugin = await loadPlugin(registry, entry);
  const engine = await callPlugin('engine', choice.name, () => plugin.create(choice.hyperparameters));
  emit({ type: 'started', info: engine.info });
  const cases = [...conformanceCases(), ...(await stepCases(problems, registry, locations))];
  const total = LAWS.length + cases.length;
  let done = 0;
  const { dtypes } = entry.manifest.capabilities ?? {};
  const results = checkEngine(engine, {
    cases,
    ...defined({ dtypes }),
    onNext: (next) => emit({ type: 'next', next }),
  });
  for await (const result of results) {
    done += 1;
    emit({ type: 'result', result, done, total });
  }
  await engine.dispose();
  return null;
};
