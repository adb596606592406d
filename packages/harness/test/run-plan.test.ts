import { describe, expect, it } from 'vitest';
import type { runCellInProcess } from '../src/cell/execute.js';
import { type CellOutcome, type PlanEvent, runPlan } from '../src/run-plan.js';
import { surroundingsOf } from '../src/surroundings.js';
import { cellOf, resultOf, WORKSPACE } from './fixtures.js';

const cells = [cellOf('a', 'sgd', 1), cellOf('a', 'sgd', 2), cellOf('a', 'sgd', 3)];

function run(execute: typeof runCellInProcess, controller = new AbortController()) {
  const saved: number[] = [];
  const events: PlanEvent[] = [];
  const outcomes = runPlan(cells, {
    surroundings: surroundingsOf(WORKSPACE),
    signal: controller.signal,
    onEvent: (event) => void events.push(event),
    save: async (ended: readonly CellOutcome[]) => void saved.push(ended.length),
    execute,
  });
  return { outcomes, saved, events };
}

describe('runPlan', () => {
  it('runs one cell at a time in order, and saves after each', async () => {
    let running = 0;
    const order: string[] = [];
    const { outcomes, saved, events } = run(async (cell) => {
      expect(++running).toBe(1);
      order.push(cell.id);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running -= 1;
      return resultOf(cell.seed);
    });
    expect((await outcomes).map(({ result }) => result.curve[0]!.testLoss)).toEqual([1, 2, 3]);
    expect(order).toEqual(cells.map(({ id }) => id));
    expect(saved).toEqual([1, 2, 3]);
    expect(events.map(({ type }) => type)).toEqual(['start', 'end', 'start', 'end', 'start', 'end']);
  });

  it('goes on after a failure and a divergence', async () => {
    const { outcomes } = run(async (cell) =>
      resultOf(1, 1, (['failed', 'diverged', 'done'] as const)[cell.seed - 1]!),
    );
    expect((await outcomes).map(({ result }) => result.status)).toEqual(['failed', 'diverged', 'done']);
  });

  it('keeps what ended and the curve so far when it is stopped', async () => {
    const controller = new AbortController();
    const { outcomes, saved } = run(async (cell, _, onEvent) => {
      if (cell.seed === 1) return resultOf(1);
      onEvent({ type: 'point', point: { epoch: 1, iterations: 7, seconds: 0.5, trainLoss: 3, testLoss: 4 } });
      controller.abort(new Error('stopped'));
      throw controller.signal.reason;
    }, controller);
    const [first, second, third] = await outcomes;
    expect(first!.result.status).toBe('done');
    expect(second!.result).toMatchObject({
      status: 'cancelled',
      curve: [{ iterations: 7, testLoss: 4 }],
      steps: { count: 7, secondsTotal: 0.5, secondsMedian: null },
    });
    expect(third!.result).toMatchObject({ status: 'cancelled', curve: [], steps: { count: 0 } });
    expect(saved).toEqual([1, 2]);
  });

  it('does not hide a defect of its own', async () => {
    const { outcomes } = run(async () => {
      throw new Error('internal: a defect');
    });
    await expect(outcomes).rejects.toThrow('internal: a defect');
  });
});
