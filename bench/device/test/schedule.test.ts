// Parts within limits and a budget, on a clock of the test.

import { expect, it } from 'vitest';
import { estimate, runParts } from '../src/schedule.mjs';

/** A clock, and parts that advance it. */
function clock() {
  let time = 0;
  const part = (name: string, limitSeconds: number, takes: number, fails?: string) => ({
    name,
    limitSeconds,
    run: async () => {
      time += takes;
      if (fails !== undefined) throw new Error(fails);
    },
  });
  return { part, now: () => time };
}

it('runs the rest after a failure, and skips what does not fit the budget', async () => {
  const { part, now } = clock();
  const lines: string[] = [];
  const ended: string[] = [];
  const parts = [part('a', 60, 30), part('b', 60, 20, 'no device'), part('c', 60, 48), part('d', 60, 1)];
  const outcomes = await runParts(parts, {
    budgetSeconds: 100,
    log: (line: string) => lines.push(line),
    now,
    onEnd: async ({ name }: { name: string }) => void ended.push(name),
  });
  expect(outcomes).toEqual([
    { name: 'a', status: 'done', seconds: 30 },
    { name: 'b', status: 'failed', seconds: 20, reason: 'no device' },
    { name: 'c', status: 'done', seconds: 48 },
    { name: 'd', status: 'skipped', seconds: 0, reason: 'the budget of 100 s is spent' },
  ]);
  expect(ended).toEqual(['a', 'b', 'c', 'd']);
  expect(lines[0]).toBe('[1/4] a: at most 60 s; the rest about 240 s, 100 s left');
  expect(lines[1]).toBe('[2/4] b: at most 60 s; the rest about 90 s, 70 s left');
});

it('aborts a part at its limit, and records that it took too long', async () => {
  const parts = [
    {
      name: 'slow',
      limitSeconds: 0.05,
      run: (deadline: AbortSignal) =>
        new Promise<void>((_, reject) => {
          deadline.addEventListener('abort', () => reject(new Error('killed')));
        }),
    },
  ];
  const [outcome] = await runParts(parts, { budgetSeconds: 100, log: () => undefined, least: 0 });
  expect(outcome).toMatchObject({ name: 'slow', status: 'timeout' });
});

it('estimates what is left from the share that finished parts used of their limits', () => {
  const parts = [100, 50, 50].map((limitSeconds) => ({ name: '', limitSeconds, run: async () => undefined }));
  expect(estimate(parts, parts, [])).toBe(200);
  expect(estimate(parts.slice(1), parts, [{ name: '', status: 'done', seconds: 20 }])).toBe(20);
  expect(estimate(parts.slice(1), parts, [{ name: '', status: 'skipped', seconds: 0 }])).toBe(100);
});
