// What happens inside second-order steps, on a small example.

import { describe, expect, it } from 'vitest';
import { groupsOf } from '../src/groups.js';
import { leaderboards } from '../src/leaderboard.js';
import { secondOrderOf } from '../src/second-order.js';
import { smallReport } from './small-report.js';

describe('second-order steps', () => {
  const report = smallReport([
    { label: 'sgd', secondsPerStep: 0.001 },
    ...[1, 3, 5].map((n) => ({
      label: `sgn[cgIterations=${n}]`,
      secondsPerStep: 0.001 * (2 + 0.5 * n),
      cgIterations: n,
    })),
  ]);
  for (const [index, run] of report.runs.entries()) {
    if (run.cg === undefined) continue;
    run.cg.secondsPerIteration = 0.0006;
    run.curve[0]!.metrics = { cgStopReason: 0.25 * index, damping: 0.01, stepSize: 0.5 };
  }
  const { rows } = secondOrderOf(leaderboards(report)[0]!, groupsOf(report).get('boston')!);

  it('are shared out between CG and the rest, by the measured iteration and by the line', () => {
    const three = rows.find(({ name }) => name === 'sgn[cgIterations=3]')!;
    // 3 x 0.6 ms of 3.5 ms; by the line 2 + 0.5 n: 1.5 of 3.5.
    expect(three.share!.value).toBeCloseTo(1.8 / 3.5, 10);
    expect(three.shareByLine).toBeCloseTo(1.5 / 3.5, 10);
    expect(three.exhausted!.value).toBe(0.5);
    expect(three.damping).toEqual({ first: 0.01, last: 0.01 });
  });
});
