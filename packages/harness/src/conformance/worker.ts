// The child process of a check: starts the engine that it is sent, runs every case on it, tells each result, and ends.

import { discover, GaussmarkError, Registry } from '@gaussmark/core';
import { checkEngine, conformanceCases, LAWS } from '@gaussmark/engine-conformance';
import type { FromCheckWorker, ToCheckWorker } from './protocol.js';
import { stepCases } from './step-cases.js';

function tell(message: FromCheckWorker): Promise<void> {
  return new Promise((resolve) => process.send!(message, () => resolve()));
}

process.once('disconnect', () => process.exit(1));
// A Ctrl-C reaches the whole process group: the parent decides what becomes of this process.
process.on('SIGINT', () => {});

const fail = (error: unknown) => {
  const reason =
    error instanceof GaussmarkError
      ? error.message
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error);
  void tell({ type: 'error', reason }).then(() => process.exit(1));
};
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);

process.once('message', async ({ engine: choice, problems, surroundings }: ToCheckWorker) => {
  const { cwd, workspaceRoot, extra, plugins } = surroundings;
  const registry =
    plugins === undefined ? await discover({ cwd, workspaceRoot, extra }) : new Registry(plugins);
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
