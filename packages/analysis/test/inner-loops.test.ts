// The loops inside steps, on small examples.

import { describe, expect, it } from 'vitest';
import { groupsOf } from '../src/groups.js';
import { innerLoopsOf } from '../src/inner-loops.js';
import { leaderboards } from '../src/leaderboard.js';
import { smallReport } from './small-report.js';

describe('inner loops', () => {
  const report = smallReport([
    { label: 'sgd', secondsPerStep: 0.001 },
    ...[1, 3, 5].map((n) => ({
      label: `sgn[cgIterations=${n}]`,
      secondsPerStep: 0.001 * (2 + 0.5 * n),
      innerIterations: n,
    })),
  ]);
  for (const { innerLoop, curve } of report.runs) {
    if (innerLoop === undefined) continue;
    innerLoop.secondsPerIteration = 0.0006;
    innerLoop.stops = { converged: 3, budget: 1 };
    curve[0]!.metrics = { damping: 0.01, stepSize: 0.5, other: 1 };
  }
  const { rows, iteration } = innerLoopsOf(leaderboards(report)[0]!, groupsOf(report).get('boston')!);

  it('take a share of a step, by the measured iteration and by the line', () => {
    const three = rows.find(({ name }) => name === 'sgn[cgIterations=3]')!;
    // 3 x 0.6 ms of 3.5 ms; by the line 2 + 0.5 n: 1.5 of 3.5.
    expect(three.share!.value).toBeCloseTo(1.8 / 3.5, 10);
    expect(three.shareByLine).toBeCloseTo(1.5 / 3.5, 10);
    expect(three.exhausted!.value).toBe(0.25);
  });

  it('come with the words and the metrics that the optimizer declares', () => {
    expect(iteration).toEqual({ one: 'CG iteration', many: 'CG iterations' });
    expect(rows[0]!.metrics).toEqual({
      damping: { first: 0.01, last: 0.01 },
      'step size': { first: 0.5, last: 0.5 },
    });
  });

  it('share general words where optimizers use different ones', () => {
    const other = structuredClone(report);
    other.runs[1]!.innerLoop!.iteration = { one: 'turn', many: 'turns' };
    const mixed = innerLoopsOf(leaderboards(other)[0]!, groupsOf(other).get('boston')!);
    expect(mixed.iteration.many).toBe('inner iterations');
  });
});
