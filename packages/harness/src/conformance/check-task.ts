// The task of checking an engine, in the worker that it is sent to: starts it, runs every case on it, tells each result.

import { defined } from '@gaussmark/core';
import {
  type CaseResult,
  checkEngine,
  conformanceCases,
  LAWS,
  type NextCase,
} from '@gaussmark/engine-conformance';
import type { Choice, Surroundings } from '../cell/cell.js';
import { type KnownPlugins, registryOf } from '../isolation/known-plugins.js';
import type { TaskOf } from '../isolation/task.js';
import { callPlugin, loadPlugin } from '../plan/plugin-call.js';
import { stepCases } from './step-cases.js';

export type CheckEvent =
  | { readonly type: 'started'; readonly info: Readonly<Record<string, string | number | boolean>> }
  /** What comes next, told before it is tried. */
  | { readonly type: 'next'; readonly next: NextCase }
  | { readonly type: 'result'; readonly result: CaseResult; readonly done: number; readonly total: number };

export interface CheckTask {
  readonly input: {
    readonly engine: Choice;
    /** Whose steps are checked too. */
    readonly problems: readonly string[];
    readonly known: KnownPlugins;
    readonly surroundings: Surroundings;
  };
  readonly event: CheckEvent;
  readonly result: null;
}

export const checkTask: TaskOf<CheckTask> = async (
  { engine: choice, problems, known, surroundings },
  { tell },
) => {
  const registry = registryOf(known);
  const entry = registry.find('engine', choice.name);
  const plugin = await loadPlugin(registry, entry);
  const engine = await callPlugin('engine', choice.name, () => plugin.create(choice.hyperparameters));
  tell({ type: 'started', info: engine.info });
  const cases = [...conformanceCases(), ...(await stepCases(problems, registry, surroundings))];
  const total = LAWS.length + cases.length;
  let done = 0;
  const { dtypes } = entry.manifest.capabilities ?? {};
  const results = checkEngine(engine, {
    cases,
    ...defined({ dtypes }),
    onNext: (next) => tell({ type: 'next', next }),
  });
  for await (const result of results) {
    done += 1;
    tell({ type: 'result', result, done, total });
  }
  await engine.dispose();
  return null;
};
