import { describe, expect, it } from 'vitest';
import { locationsOf } from '../src/plan/locations.js';
import type { runCellInProcess } from '../src/run/run-in-process.js';
import { type PlanEvent, runPlan } from '../src/run/run-plan.js';
import { cellOf, resultOf, WORKSPACE } from './fixtures.js';

const cells = [cellOf('a', 'sgd', 1), cellOf('a', 'sgd', 2), cellOf('a', 'sgd', 3)];

const limits = { seconds: 60, bytes: 2 ** 30 };

function run(execute: typeof runCellInProcess, controller = new AbortController(), jobs = 1) {
  const recorded: string[] = [];
  const events: PlanEvent[] = [];
  const outcomes = runPlan(cells, {
    locations: locationsOf(WORKSPACE),
    signal: controller.signal,
    onEvent: (event) => void events.push(event),
    jobs,
    limits: () => limits,
    record: async ({ cell, result }) => void recorded.push(`${cell.seed} ${result.status}`),
    execute,
  });
  return { outcomes, recorded, events };
}

describe('runPlan', () => {
  it('runs one cell at a time in order, and records each', async () => {
    let running = 0;
    const order: string[] = [];
    const { outcomes, recorded, events } = run(async (cell) => {
      expect(++running).toBe(1);
      order.push(cell.id);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running -= 1;
      return resultOf(cell.seed);
    });
    expect((await outcomes).map(({ result }) => result.curve[0]!.testLoss)).toEqual([1, 2, 3]);
    expect(order).toEqual(cells.map(({ id }) => id));
    expect(recorded).toEqual(['1 done', '2 done', '3 done']);
    expect(events.map(({ type }) => type)).toEqual(['start', 'end', 'start', 'end', 'start', 'end']);
  });

  it('continues after a failure and a divergence', async () => {
    const { outcomes } = run(async (cell) =>
      resultOf(1, 1, (['failed', 'diverged', 'done'] as const)[cell.seed - 1]!),
    );
    expect((await outcomes).map(({ result }) => result.status)).toEqual(['failed', 'diverged', 'done']);
  });

  it('keeps finished runs and the curve so far when stopped', async () => {
    const controller = new AbortController();
    const { outcomes, recorded } = run(async (cell, _, { onEvent }) => {
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
    // One that did not begin leaves no record.
    expect(recorded).toEqual(['1 done', '2 cancelled']);
  });

  it('runs as many cells at once as jobs, records it, and keeps the order of outcomes', async () => {
    let running = 0;
    let most = 0;
    let othersEnd = () => {};
    const others = new Promise<void>((resolve) => {
      othersEnd = resolve;
    });
    const { outcomes, recorded } = run(
      async (cell) => {
        most = Math.max(most, ++running);
        // The first run ends last.
        if (cell.seed === 3) othersEnd();
        await (cell.seed === 1 ? others : Promise.resolve());
        if (cell.seed === 1) await new Promise((resolve) => setTimeout(resolve, 1));
        running -= 1;
        return resultOf(cell.seed);
      },
      undefined,
      2,
    );
    expect((await outcomes).map(({ result }) => result.curve[0]!.testLoss)).toEqual([1, 2, 3]);
    expect(most).toBe(2);
    expect(recorded.at(-1)).toBe('1 done');
    expect((await outcomes)[0]!.conditions).toMatchObject({ jobs: 2, distrust: '2 runs at once' });
  });

  it('stops when recording fails', async () => {
    const started: number[] = [];
    const outcomes = runPlan(cells, {
      locations: locationsOf(WORKSPACE),
      signal: new AbortController().signal,
      onEvent: () => {},
      jobs: 1,
      limits: () => limits,
      record: async () => {
        throw new Error('no space left');
      },
      execute: async (cell) => {
        started.push(cell.seed);
        return resultOf(1);
      },
    });
    await expect(outcomes).rejects.toThrow('no space left');
    expect(started).toEqual([1]);
  });

  it('does not hide internal errors', async () => {
    const { outcomes } = run(async () => {
      throw new Error('internal: a defect');
    });
    await expect(outcomes).rejects.toThrow('internal: a defect');
  });
});
