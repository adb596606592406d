// Thinning keeps the shape of curves.

import { describe, expect, it } from 'vitest';
import { fixture } from '../../analysis/test/fixture.js';
import { pageData } from '../src/page-data.js';
import { thin } from '../src/thinning.js';

describe('thin', () => {
  const x = Array.from({ length: 1000 }, (_, index) => index);

  it('keeps the ends, the order and the peaks', () => {
    const y = x.map((value) => (value === 437 ? 100 : Math.sin(value / 50)));
    const kept = thin(x, y, 40);
    expect(kept).toHaveLength(40);
    expect(kept[0]).toBe(0);
    expect(kept.at(-1)).toBe(999);
    expect(kept).toContain(437);
    expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
  });

  it('leaves short curves alone', () => {
    expect(thin([1, 2, 3], [5, null, 6], 3)).toEqual([0, 1, 2]);
  });
});

describe('the data of the page', () => {
  it('averages seeds per epoch, with their extremes', () => {
    const report = fixture();
    const problem = pageData(report).problems[2]!;
    const series = problem.series.find(({ name }) => name === 'sgn[cgIterations=3]')!;
    const losses = report.runs
      .filter((run) => run.problem === 'mnist' && run.label === 'sgn[cgIterations=3]')
      .map((run) => run.curve[4]!.testLoss!);
    expect(series.epoch[4]).toBe(5);
    expect(series.seeds[4]).toBe(3);
    expect(series.testLoss.mean[4]).toBeCloseTo((losses[0]! + losses[1]! + losses[2]!) / 3, 4);
    expect(series.testLoss.low![4]).toBeCloseTo(Math.min(...losses), 4);
    expect(series.testLoss.high![4]).toBeCloseTo(Math.max(...losses), 4);
  });

  it('shows where seeds broke', () => {
    const series = pageData(fixture()).problems[0]!.series.find(({ outcome }) => outcome === 'broken')!;
    expect(series).toMatchObject({
      name: 'sgd[learningRate=1]',
      breaks: [{ status: 'diverged', epoch: 2, seeds: 3 }],
    });
  });

  it('keeps no curve longer than its limit', () => {
    const data = pageData(fixture());
    const longest = Math.max(
      ...data.problems.flatMap(({ series }) => series.map(({ epoch }) => epoch.length)),
    );
    expect(data.thinnedTo).toBe(400);
    expect(longest).toBe(400);
  });
});
