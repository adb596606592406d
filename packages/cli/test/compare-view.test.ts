// A comparison on the terminal and in Markdown, as file snapshots.

import pc from 'picocolors';
import { expect, it } from 'vitest';
import type { Comparison } from '../../tracking/src/comparison.js';
import { comparisonMarkdown, renderComparison } from '../src/compare-view.js';

const side = (name: string, commit: string) => ({
  name,
  revision: { commit, date: '2026-02-03T04:05:06Z', subject: 'Change a step', dirty: false },
  machine: { class: 'linux-x64-2-cores' },
  created: '2026-02-03T05:00:00Z',
});

const row = (quantity: string, rest: object) => ({
  id: `boston/sgn/${quantity}`,
  quantity,
  unit: '',
  ...rest,
});

const comparison = {
  from: side('../before', 'a'.repeat(40)),
  to: side('.', 'b'.repeat(40)),
  timing: 'paired',
  floors: { cpu: 0.012 },
  rows: [
    row('CG iterations of 12 steps', { tier: 'hard', from: 24, to: 24, change: 0, verdict: 'same' }),
    row('flops of a cg iteration', {
      ...{ tier: 'hard', unit: 'flop', from: 4e6, to: 8e6, change: 1, verdict: 'worse' },
      since: { commit: 'b'.repeat(40), date: '2026-02-03T04:05:06Z' },
    }),
    row('time of a step', {
      ...{
        tier: 'timed',
        unit: 's',
        from: 0.00421,
        to: 0.00463,
        change: 0.1,
        verdict: 'slower',
        clock: 'cpu',
      },
      interval: { low: 0.08, high: 0.12 },
    }),
    row('time of a gradient', {
      ...{ tier: 'timed', unit: 's', from: 2.5e-4, to: 2.5e-4, change: 0, verdict: 'same', clock: 'cpu' },
      interval: { low: -0.01, high: 0.01 },
    }),
  ],
  settings: [{ problem: 'boston', optimizer: 'sgn', setting: 'damping', from: 1e-4, to: 1e-3 }],
  lostCoverage: [],
  missing: ['boston/sgn/loss after 500 steps'],
  added: [],
  notes: [],
  outcome: 'regression',
  fails: true,
} as unknown as Comparison;

it('on the terminal', async () => {
  const sink = {
    columns: 100,
    colors: pc.createColors(false),
    isTerminal: true,
    write: () => {},
    writeDocument: () => {},
  };
  await expect(`${renderComparison(comparison, sink, false)}\n`).toMatchFileSnapshot('screens/compare.txt');
});

it('in Markdown', async () => {
  await expect(comparisonMarkdown(comparison)).toMatchFileSnapshot('screens/compare-markdown.txt');
});
