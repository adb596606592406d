// Timings of the parts of a step: table, Markdown, validation.

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
  const numbersIn = (text: string) => text.match(/\d+(?:\.\d+)?/g);
  const cell = (part: string, column: string) =>
    rows.find(([name]) => name!.text === part)![columns.findIndex((each) => each.title === column)]!;

  it('names the problem, the engine and the conditions', () => {
    for (const part of ['boston', '1,010', 'float64', 'onnxruntime', '2 threads'])
      expect(title).toContain(part);
    expect(warning).toBeNull();
  });

  it('shows costs in gradients beside those expected from operations', () => {
    expect(cell('CG iteration', 'gradients')).toMatchObject({ text: '1.50', interval: '[1.35, 1.65]' });
    expect(cell('CG iteration', 'FLOP ratio').text).toBe('1.25×');
    expect(cell('gradient', 'gradients')).toMatchObject({ text: '1.00', interval: '' });
    expect(cell('gradient', 'time')).toMatchObject({ text: '2.00 ms', interval: '[1.80 ms, 2.20 ms]' });
    expect(cell('gradient', 'GFLOP/s').text).toBe('50.0');
    expect(cell('gradient', '% of peak').text).toBe('50 %');
    expect(cell('gradient', 'limit').text).toBe('compute 50 %');
  });

  it('warns of CPU times on a busy machine', () => {
    const [idle, busy] = [null, 1.5].map((othersBusy) =>
      timingTable({ ...timingSuite(), clock: 'cpu', othersBusy }),
    );
    expect(idle!.notes).toHaveLength(4);
    expect(busy!.notes.slice(0, 4)).toEqual(idle!.notes);
    expect(numbersIn(busy!.notes[4]!)).toEqual(['1.5']);
  });

  it('leaves values lost in noise empty', () => {
    expect(cell('GGN product', 'GFLOP/s').text).toBe('–');
    expect(cell('GGN product', '% of peak').text).toBe('–');
  });

  it('notes the lines, the cost of an iteration, the peak and the line searches', () => {
    expect(notes.map(numbersIn)).toEqual([
      ['1.25', '1.15', '1.35', '1.20', '1.10', '1.30', '2020', '3.40', '1.90'],
      ['1.50', '1.25', '1.20'],
      ['100', '512', '512', '512', '25.0', '4.0', '15.0', '40', '20.0'],
      ['10', '2'],
    ]);
    expect(notes[0]).toMatch(/\bsgn\b.*\bsgd\b.*Someone 2020/);
  });
});

describe('a report of timings alone', () => {
  it('is valid, and its Markdown has the table without an empty leaderboard', () => {
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
  ])('may not have %s', (_what, change, pointer) => {
    expect(reportIssues(timed(change)).map((issue) => issue.pointer)).toContain(pointer);
  });
});
