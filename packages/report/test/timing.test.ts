// Timings of the parts of steps: their table, their place in Markdown, and what a document may not say of them.

import { type Report, reportIssues } from '@gaussmark/analysis';
import { describe, expect, it } from 'vitest';
import { smallReport } from '../../analysis/test/small-report.js';
import { timingSuite } from '../../analysis/test/timing-fixture.js';
import { renderMarkdown } from '../src/markdown.js';
import { timingTable } from '../src/timing-table.js';

const timed = (change: (report: Report) => void = () => {}): Report => {
  const report = { ...smallReport([]), timing: [timingSuite()] };
  change(report);
  return report;
};

describe('the table of a suite', () => {
  const { title, columns, rows, notes, warning } = timingTable(timingSuite());
  const cell = (part: string, column: string) =>
    rows.find(([name]) => name!.text === part)![columns.findIndex((each) => each.title === column)]!;

  it('says what was measured, and with what', () => {
    expect(title).toBe('boston, batches of 1,010, float64, onnxruntime with 2 threads');
    expect(warning).toBeNull();
  });

  it('shows costs in gradients beside what operations let expect', () => {
    expect(cell('CG iteration', 'gradients')).toMatchObject({ text: '1.50', interval: '[1.35, 1.65]' });
    expect(cell('CG iteration', 'FLOP ratio').text).toBe('1.25×');
    expect(cell('gradient', 'gradients')).toMatchObject({ text: '1.00', interval: '' });
    expect(cell('gradient', 'time')).toMatchObject({ text: '2.00 ms', interval: '[1.80 ms, 2.20 ms]' });
    expect(cell('gradient', 'GFLOP/s').text).toBe('50.0');
    expect(cell('gradient', '% of peak').text).toBe('50 %');
    expect(cell('gradient', 'limit').text).toBe('compute 50 %');
  });

  it('says of processor times what they leave out, and what not', () => {
    const shared = timingTable({ ...timingSuite(), clock: 'cpu', othersBusy: 1.5 });
    expect(shared.notes.at(-1)).toMatch(/^Others kept 1\.5 processors busy meanwhile/);
    expect(shared.notes.at(-3)).toContain('times are processor time');
    expect(timingTable({ ...timingSuite(), clock: 'cpu' }).notes).toHaveLength(4);
  });

  it('leaves open what is lost in the noise', () => {
    expect(cell('GGN product', 'GFLOP/s').text).toBe('–');
    expect(cell('GGN product', '% of peak').text).toBe('–');
  });

  it('says the line, the published one, what a CG iteration costs and what the peak was', () => {
    expect(notes).toEqual([
      'A step of sgn(n) takes 1.25 [1.15, 1.35] + 1.20 [1.10, 1.30] n steps of sgd. Someone 2020: 3.40 + 1.90 n.',
      'Each CG iteration costs 1.50 gradients for 1.25 times the operations of one: 1.20 times what operations alone let expect.',
      'Peak: 100 GFLOP/s (512x512x512) and 25.0 GB/s, in balance at 4.0 FLOP/B. A call that computes nothing takes 15.0 µs. 40 rounds in 20.0 s.',
      expect.stringContaining('sgn(10) step (2)'),
    ]);
  });
});

describe('a report of timings alone', () => {
  it('is valid, and its Markdown holds the table and no empty leaderboard', () => {
    expect(reportIssues(timed())).toEqual([]);
    const markdown = renderMarkdown(timed());
    expect(markdown).toContain('## boston, batches of 1,010');
    expect(markdown).toContain('1.50 [1.35, 1.65]'.replaceAll('[', '\\[').replaceAll(']', '\\]'));
    expect(markdown).not.toContain('test loss');
    expect(renderMarkdown(smallReport([{ label: 'sgd' }]))).toContain('test loss');
  });

  it.each([
    ['an unknown problem', (r: Report) => (r.timing![0]!.problem = 'sine'), '/timing/0/problem'],
    ['no rounds', (r: Report) => (r.timing![0]!.rounds = 0), '/timing/0/rounds'],
    [
      'an unknown kind',
      (r: Report) => Object.assign(r.timing![0]!.costs[0]!, { kind: 'x' }),
      '/timing/0/costs/0/kind',
    ],
    [
      'a rate of zero',
      (r: Report) => (r.timing![0]!.costs[1]!.flopsPerSecond = 0),
      '/timing/0/costs/1/flopsPerSecond',
    ],
  ])('may not hold %s', (_what, change, pointer) => {
    expect(reportIssues(timed(change)).map((issue) => issue.pointer)).toContain(pointer);
  });
});
