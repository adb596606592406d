// Leaderboards on terminals of several widths.

import type { Report } from '@gaussmark/analysis';
import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import type { CellResult } from '../../cell/src/cell.js';
import { assembleReport } from '../../harness/src/document/assemble.js';
import { cellOf, ENVIRONMENT, resultOf, SINE_PROBLEM } from '../../harness/test/fixtures.js';
import { renderLeaderboards } from '../src/leaderboard-view.js';
import { colorsOf, forTerminal } from '../src/styles.js';

const plain = pc.createColors(false);

function report(entries: readonly (readonly [label: string, seed: number, result: CellResult])[]): Report {
  const cells = entries.map(([label, seed]) => ({
    ...cellOf('sine10', label, seed),
    optimizer: { name: label.split('[')[0]!, hyperparameters: { label } },
  }));
  const plan = {
    title: 'A test',
    cells,
    problems: [SINE_PROBLEM],
    skipped: [{ problem: 'mnist', optimizer: 'sgn', reason: 'the two do not fit' }],
    engines: {},
  };
  const outcomes = entries.map(([, , result], i) => ({ cell: cells[i]!, result }));
  return assembleReport(plan, outcomes, {
    title: 'A test',
    created: new Date(0),
    command: ['bench'],
    environment: ENVIRONMENT,
  });
}

const seeds = (label: string, losses: readonly number[], innerIterations?: number) =>
  losses.map((loss, i) => {
    const innerLoop = {
      name: 'cg',
      iteration: { one: 'CG iteration', many: 'CG iterations' },
      iterations: innerIterations ?? 0,
      iterationsTotal: 10,
      secondsPerIteration: 0.001,
    };
    return [
      label,
      i + 1,
      { ...resultOf(loss), ...(innerIterations === undefined ? {} : { innerLoop }) },
    ] as const;
  });
const diverged = { ...resultOf(1, 1, 'diverged'), reason: 'loss became Infinity at step 3' };
const failed = { ...resultOf(1, 1, 'failed'), reason: 'there is no kernel for it' };
const typical = report([
  ...seeds('sgn[cgIterations=10]', [0.0001, 0.00011, 0.00012], 9.9),
  ...seeds('sgd[learningRate=0.1]', [0.46, 0.45, 0.47]),
  ['sgd[learningRate=1]', 1, diverged],
  ['sgd[learningRate=1]', 2, diverged],
  ['sgd[learningRate=9]', 1, failed],
]);

describe('the leaderboard on the terminal', () => {
  it('on 100 columns', async () => {
    const text = renderLeaderboards(typical, { columns: 100, colors: plain });
    await expect(`${text}\n`).toMatchFileSnapshot('screens/leaderboard.txt');
  });

  it.each([60, 80, 100, 160])('fits %d columns, and keeps the loss', (columns) => {
    const text = renderLeaderboards(typical, { columns, colors: plain });
    const table = text.split('\n').filter((line) => /^ {2}(#|\d) /.test(line));
    expect(table).toHaveLength(5);
    for (const line of table) expect(line.length).toBeLessThanOrEqual(columns);
    expect(text).toMatch(/1 {2}sgn\[cgIterations=10\] +1\.10e-4/);
    expect(text).toContain('2/2 diverged');
  });

  it('shows all columns if they fit, else the most important', () => {
    const titles = (columns: number) =>
      renderLeaderboards(typical, { columns, colors: plain })
        .split('\n')
        .find((line) => line.startsWith('  #'));
    expect(titles(200)).toMatch(/best test loss .*epochs .*seconds .*step .*inner\/step/);
    expect(titles(100)).toMatch(/test loss .*step .*inner\/step/);
    expect(titles(100)).not.toContain('best test loss');
  });

  it('shows the verdict, failures with reasons, and skipped pairs', () => {
    const text = renderLeaderboards(typical, { columns: 100, colors: plain });
    expect(text).toMatch(/^sine10\n.*sgn\[cgIterations=10\]/);
    expect(text).toMatch(/Failed\n {2}sine10\/sgd\[learningRate=9\]\/seed1: there is no kernel for it/);
    expect(text).toMatch(/Skipped\n {2}mnist, sgn: the two do not fit/);
    expect(text).not.toContain('loss became Infinity');
  });

  it('colours rows by outcome, without changing widths', () => {
    const [text, colored] = [false, true].map((on) =>
      renderLeaderboards(typical, { columns: 100, colors: colorsOf(on) }),
    );
    expect(forTerminal(colored!)).toContain(pc.createColors(true).red('2/2 diverged'));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the test looks for escape sequences
    expect(forTerminal(colored!).replaceAll(/\u001b\[\d+m/g, '')).toBe(text);
  });
});
