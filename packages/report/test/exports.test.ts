// Exports of a report: SVG figures and CSV.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { leaderboards } from '@gaussmark/analysis';
import { verdictOf } from '@gaussmark/analysis/words';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixture } from '../../analysis/test/fixture.js';
import { smallReport } from '../../analysis/test/small-report.js';
import { CURVE_COLUMNS, curvesCsv } from '../src/curves-csv.js';
import { renderFigures, writeCurves, writeFigures } from '../src/write-extras.js';

const HOSTILE = '"><script>alert(1)</script>';

describe('figures', () => {
  it('are the overview, the curves of each problem and the profiles, light and dark', async () => {
    const figures = await renderFigures(fixture());
    const light = ['overview', 'curves-sine10', 'curves-boston', 'curves-mnist', 'profiles'];
    expect(figures.map(({ name }) => name)).toEqual([...light, ...light.map((name) => `${name}-dark`)]);
    const [overview, sine] = figures;
    expect(overview!.svg).toContain('>Sine, 10 rad</text>');
    expect(overview!.svg).toContain(verdictOf(leaderboards(fixture())[0]!).slice(0, 60));
    expect(sine!.svg.match(/stroke-width="1.8"/g)!.length).toBeGreaterThanOrEqual(14);
    for (const { svg } of figures) {
      expect(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg"')).toBe(true);
      expect(svg).not.toMatch(/NaN|undefined|<script|<image|href="http/);
    }
  });

  it('are absent if nothing was run', async () => {
    expect(await renderFigures({ ...fixture(), runs: [] })).toEqual([]);
  });

  it('are valid XML whatever the names contain', async () => {
    const report = structuredClone(smallReport([{ label: 'sgd\u001b[31m\u202e' }, { label: 'sgn\uFFFF' }]));
    Object.assign(report.problems[0]!, { title: 'a\u0000b\u200b' });
    for (const { svg } of await renderFigures(report)) expect(svg).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\uFFFF]/u);
    expect((await renderFigures(report))[0]!.svg).toContain('>a\\u0000b\\u200b</text>');
  });

  it('escape hostile texts and have safe file names', async () => {
    const report = fixture();
    for (const problem of report.problems) {
      if (problem.name === 'boston') Object.assign(problem, { name: `../${HOSTILE}`, title: HOSTILE });
    }
    for (const run of report.runs) {
      if (run.problem === 'boston') run.problem = `../${HOSTILE}`;
      if (run.optimizer === 'sgd')
        Object.assign(run, { optimizer: HOSTILE, label: `${HOSTILE}${run.label}` });
    }
    const figures = await renderFigures(report);
    expect(figures.every(({ name }) => /^[a-z0-9-]+$/.test(name))).toBe(true);
    for (const { svg } of figures) expect(svg).not.toContain('<script');
    expect(figures[0]!.svg).toContain('&quot;&gt;&lt;script&gt;');
  });
});

describe('CSV', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'gaussmark-exports-'));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('has a row per run and point, metrics last, missing values empty', () => {
    const report = smallReport([
      { label: 'sgn[a=1,b=2]', seed: 4, losses: [[0.5, 0.25], [0.125, null]] },
      { label: 'sgd "quoted"', seed: 5, status: 'diverged' },
    ]); // biome-ignore format: one line each
    report.runs[0]!.curve[1]!.metrics = { damping: 1e-4, alpha: null };
    const lines = [...curvesCsv(report)];
    expect(lines[0]).toBe(
      'run,problem,optimizer,setting,engine,seed,status,epoch,iterations,seconds,gradientEquivalents,trainLoss,testLoss,testAccuracy,metric.alpha,metric.damping\r\n',
    );
    expect(lines[0]!.split(',').slice(0, CURVE_COLUMNS.length)).toEqual(
      CURVE_COLUMNS.map(({ name }) => name),
    );
    const rows = lines.slice(1).map((line) => line.trimEnd());
    const settled = rows.filter((line) => line.includes(',4,done,'));
    expect(settled[0]).toMatch(/,boston,sgn,"sgn\[a=1,b=2\]",onnxruntime,4,done,1,10,0.01,,0.5,0.25,,,$/);
    expect(settled[1]).toMatch(/,4,done,2,20,0.02,,0.125,,,,0.0001$/);
    expect(rows.find((line) => line.includes(',5,diverged,'))).toContain('"sgd ""quoted"""');
  });

  it('is written in full, beside figures', async () => {
    const report = fixture();
    const file = await writeCurves(report, path.join(directory, 'deep/curves.csv'));
    const points = report.runs.reduce((sum, { curve }) => sum + curve.length, 0);
    expect(readFileSync(file, 'utf8').split('\r\n')).toHaveLength(points + 2);
    const figures = await writeFigures(report, path.join(directory, 'figures'));
    expect(figures).toHaveLength(10);
    expect(readdirSync(path.join(directory, 'figures'))).toHaveLength(10);
  });
});
