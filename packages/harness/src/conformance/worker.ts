// The child process of a check: starts the engine that it is sent, runs every case on it, tells each result, and ends.

import { Registry } from '@gaussmark/core';
import { checkEngine, conformanceCases, LAWS } from '@gaussmark/engine-conformance';
import { tieToParent } from '../isolation/tie-to-parent.js';
import type { FromCheckWorker, ToCheckWorker } from './protocol.js';
import { stepCases } from './step-cases.js';

const tell = tieToParent<FromCheckWorker>();

process.once('message', async ({ engine: choice, problems, surroundings }: ToCheckWorker) => {
  const registry = new Registry(surroundings.plugins);
  const entry = registry.find('engine', choice.name);
  const plugin = await registry.load(entry);
  const engine = await plugin.create(choice.hyperparameters);
  await tell({ type: 'started', info: engine.info });
  const cases = [...conformanceCases(), ...(await stepCases(problems, registry, surroundings))];
  const total = LAWS.length + cases.length;
  let done = 0;
  const { dtypes } = entry.manifest.capabilities ?? {};
  const results = checkEngine(engine, {
    cases,
    ...(dtypes === undefined ? {} : { dtypes }),
    onNext: (next) => void tell({ type: 'next', next }),
  });
  for await (const result of results) {
    done += 1;
    await tell({ type: 'result', result, done, total });
  }
  await engine.dispose();
  await tell({ type: 'end' });
  process.exit(0);
});
