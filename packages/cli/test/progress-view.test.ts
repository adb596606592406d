// Live progress, and the lines of finished runs.

import { ProgressState } from '@gaussmark/harness';
import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { cellOf, resultOf } from '../../harness/test/fixtures.js';
import { widthOf } from '../src/paragraph.js';
import { renderOutcome, renderProgress } from '../src/progress-view.js';

const cells = [cellOf('sine10', 'sgn', 1), cellOf('sine10', 'sgd', 1), cellOf('mnist', 'sgn', 1)];
const sink = { columns: 80, colors: pc.createColors(false) };

describe('the live display', () => {
  it('shows totals, problems and current runs, without wrapping', async () => {
    let now = 0;
    const state = new ProgressState(cells, 1, () => now);
    state.update({ type: 'start', index: 0, cell: cells[0]! });
    expect(renderProgress(state, sink)).toContain('0/3 runs · 0 s · ');

    now = 4;
    state.update({ type: 'end', index: 0, outcome: { cell: cells[0]!, result: resultOf(0.25) } });
    state.update({ type: 'start', index: 1, cell: cells[1]! });
    state.update({ type: 'cell', index: 1, event: { type: 'phase', phase: 'train' } });
    now = 5;
    state.update({ type: 'cell', index: 1, event: { type: 'progress', fraction: 0.5, iterations: 5 } });
    const point = { epoch: 1, iterations: 5, seconds: 1, trainLoss: null, testLoss: 0.5 };
    state.update({ type: 'cell', index: 1, event: { type: 'point', point } });

    const text = renderProgress(state, sink);
    // One second more for the present run (half done in one), then mnist, like the run before: 4 s.
    expect(text).toContain('1/3 runs · 5 s · about 5 s left');
    expect(text).toMatch(/sine10 +1\/2 +best test loss 0\.250 +sgn/);
    expect(text).toMatch(/mnist +0\/1/);
    expect(text).toContain('sine10 · sgd · seed 1');
    expect(text).toMatch(/━{12}─{12} +50 % · train loss not finite · test loss 0\.500/);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    await expect(`${text}\n`).toMatchFileSnapshot('screens/progress.txt');
  });

  it('fits a narrow terminal with long names', () => {
    const long = cellOf(`csv[path=${'x'.repeat(80)}]+mlp`, `sgn[${'y'.repeat(90)}]`);
    const state = new ProgressState([long]);
    state.update({ type: 'start', index: 0, cell: long });
    for (const line of renderProgress(state, { ...sink, columns: 60 }).split('\n')) {
      expect(line.length).toBeLessThanOrEqual(64);
    }
  });

  it.each(['家🚀.csv,task=regression,target=価格', '模型'])(
    'fits any terminal with the wide name %s',
    (name) => {
      const wide = cellOf(`csv[path=${name}]+mlp`, 'sgn');
      const state = new ProgressState([wide, wide]);
      state.update({ type: 'start', index: 0, cell: wide });
      for (let columns = 1; columns <= 120; columns++) {
        const lines = renderProgress(state, { ...sink, columns }).split('\n');
        if (columns >= 24)
          expect(Math.max(...lines.map(widthOf)), `${columns} columns`).toBeLessThanOrEqual(columns);
      }
    },
  );

  it('does not count a divergence as the best', () => {
    const state = new ProgressState(cells);
    state.update({ type: 'start', index: 0, cell: cells[0]! });
    state.update({
      type: 'end',
      index: 0,
      outcome: { cell: cells[0]!, result: resultOf(0.1, 1, 'diverged') },
    });
    expect(renderProgress(state, sink)).not.toContain('best');
  });
});

it('shows the end of a run in one line', () => {
  const done = { cell: cells[0]!, result: resultOf(0.5, 2.25) };
  expect(renderOutcome(done, 0, 12, 75)).toBe(
    '[ 1/12] sine10 · sgn · seed 1: test loss 0.500, 2.3 s, about 1:15 min left',
  );
  const failed = {
    cell: cells[2]!,
    result: { ...resultOf(0.5, 1, 'failed'), reason: 'no kernel', curve: [] },
  };
  expect(renderOutcome(failed, 11, 12, 0)).toBe('[12/12] mnist · sgn · seed 1: failed, no kernel, 1.0 s');
});
