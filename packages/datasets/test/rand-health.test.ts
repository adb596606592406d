import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import randHealth, { FEATURES, runsOfEqualFeatures } from '../src/rand-health.js';
import { demandFetched, temporaryContext, userContext } from './context.js';

const context = temporaryContext();
const OPTIONS = { directory: null, target: 'log-visits', testFraction: 0.2, splitSeed: 0 } as const;
const rowsOf = (values: ArrayLike<number>, width: number) =>
  Array.from({ length: values.length / width }, (_, i) =>
    Array.from({ length: width }, (_, j) => values[i * width + j]!),
  );

describe('rand-health', () => {
  it('is 20190 person-years, standardized by the training rows', async (test) => {
    await demandFetched('rand-health', randHealth.files!, test);
    const { spec, train, test: held } = await randHealth.load(OPTIONS, userContext);
    expect(spec).toEqual({ task: 'regression', input: { shape: [9] }, target: { shape: [1] } });
    expect(train.size + held.size).toBe(20190);
    // A fifth of the persons, not of the rows.
    expect(held.size / 20190).toBeGreaterThan(0.18);
    expect(held.size / 20190).toBeLessThan(0.22);
    const columns = [...FEATURES, 'target'].map((_, j) =>
      j < 9 ? rowsOf(train.inputs, 9).map((row) => row[j]!) : [...train.targets],
    );
    for (const column of columns) {
      const mean = column.reduce((sum, x) => sum + x, 0) / column.length;
      const square = column.reduce((sum, x) => sum + x * x, 0) / column.length;
      expect(mean).toBeCloseTo(0, 10);
      expect(square).toBeCloseTo(1, 10);
    }
  });

  it('has the same visits as statsmodels', async (test) => {
    await demandFetched('rand-health', randHealth.files!, test);
    const { train, test: held } = await randHealth.load({ ...OPTIONS, target: 'visits' }, userContext);
    // Mean 2.860426 and maximum 77 of all rows, after undoing (x - mean) / std by two known values.
    const all = [...train.targets, ...held.targets].sort((a, b) => a - b);
    const [zero, largest] = [all[0]!, all.at(-1)!];
    const visits = all.map((x) => (77 * (x - zero)) / (largest - zero));
    expect(visits.reduce((sum, x) => sum + x, 0) / visits.length).toBeCloseTo(2.860426, 5);
    expect(visits.filter((x) => x < 0.5).length).toBe(6308);
    for (const x of visits) expect(Math.abs(x - Math.round(x))).toBeLessThan(1e-9);
  });

  it('keeps a person on one side', async (test) => {
    await demandFetched('rand-health', randHealth.files!, test);
    const first = await randHealth.load(OPTIONS, userContext);
    const again = await randHealth.load(OPTIONS, userContext);
    const other = await randHealth.load({ ...OPTIONS, splitSeed: 1 }, userContext);
    expect(again.test.inputs).toEqual(first.test.inputs);
    expect(other.test.inputs).not.toEqual(first.test.inputs);
    // The number of runs in the file; a split run would be counted twice.
    const runs = [first.train, first.test].map((split) => {
      const rows = rowsOf(split.inputs, 9).map((row) => [0, ...row]);
      return runsOfEqualFeatures(rows).length;
    });
    expect(runs[0]! + runs[1]!).toBeLessThanOrEqual(5294);
    expect(runs[0]! + runs[1]!).toBeGreaterThan(5200);
  });

  it('rejects another file', async () => {
    await writeFile(join(context.directory, 'randhie.csv'), 'mdvis,lncoins\n1,2\n');
    await expect(
      randHealth.load({ ...OPTIONS, directory: context.directory }, context),
    ).rejects.toMatchObject({
      file: join(context.directory, 'randhie.csv'),
      got: expect.stringContaining('sha256'),
    });
  });
});

describe('runsOfEqualFeatures', () => {
  it('groups consecutive rows that differ only in the first column', () => {
    const rows = [
      [1, 5, 6],
      [2, 5, 6],
      [2, 5, 7],
      [1, 5, 6],
    ];
    expect(runsOfEqualFeatures(rows)).toEqual([[rows[0], rows[1]], [rows[2]], [rows[3]]]);
  });
});
