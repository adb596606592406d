// A cell in this process: on an engine that cannot run its steps, and what it records of its start.

import { type Engine, GaussmarkError } from '@gaussmark/core';
import { describe, expect, it } from 'vitest';
import { runCell } from '../src/cell/run-cell.js';
import { makePlan } from '../src/plan/plan.js';
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

describe('the start of a run, by its hash', () => {
  const starts = async (problem: string) => {
    const request = { problems: [problem], optimizers: ['sgd'], seeds: [1, 2], budget: { steps: 1 } };
    const { cells } = await makePlan(request, await workspaceRegistry(), surroundingsOf(WORKSPACE));
    const results = await Promise.all(
      cells.map((cell) => runCell(cell, surroundingsOf(WORKSPACE), { onEvent: () => {} })),
    );
    return results.map(({ startHash }) => startHash);
  };

  it('is one for all seeds of a problem of the paper', async () => {
    const [first, second] = await starts('boston');
    expect(first).toMatch(/^[0-9a-f]{16}$/);
    expect(second).toBe(first);
  });

  it('is another for each seed where starts are drawn', async () => {
    const [first, second] = await starts('boston-drawn');
    expect(second).toMatch(/^[0-9a-f]{16}$/);
    expect(second).not.toBe(first);
  });
});
