// A cell in this process, on an engine that cannot run its steps.

import { type Engine, GaussmarkError } from '@gaussmark/core';
import { expect, it } from 'vitest';
import { runCell } from '../src/cell/run-cell.js';
import { surroundingsOf } from '../src/surroundings.js';
import { bostonCell, WORKSPACE, workspaceRegistry } from './fixtures.js';

/** Runs a cell on an engine that refuses every program, and says this of them. */
async function refused(unsupported: Engine['unsupported']) {
  const cell = bostonCell(await workspaceRegistry(), 'sgd', {}, { hidden: 4, batchSize: 101, seed: 1 });
  const refuse = async () => {
    throw new GaussmarkError('refused');
  };
  return runCell(cell, surroundingsOf(WORKSPACE), {
    onEvent: () => {},
    observe: (engine) => Object.assign(Object.create(engine) as Engine, { unsupported, compile: refuse }),
  });
}

it('is skipped where the engine says why', async () => {
  const reason = "engine 'onnxruntime[threads=1]' has no float64";
  expect(await refused(() => 'has no float64')).toMatchObject({ status: 'skipped', reason, curve: [] });
});

it('fails where the engine thought that it could', async () => {
  await expect(refused(() => null)).rejects.toThrow('refused');
});
