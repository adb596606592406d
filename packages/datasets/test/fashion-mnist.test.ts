import { describe, expect, it } from 'vitest';
import fashionMnist from '../src/fashion-mnist.js';
import { demandFetched, temporaryContext, userContext } from './context.js';

const context = temporaryContext();
const OPTIONS = { directory: null, preprocessing: 'standardize-image', dtype: 'float32' } as const;

describe('fashion-mnist', () => {
  it('is the canonical 60000 + 10000 images, each standardized', async (test) => {
    await demandFetched('fashion-mnist', fashionMnist.files!, test);
    const { spec, train, test: held, provenance } = await fashionMnist.load(OPTIONS, userContext);
    expect(spec).toMatchObject({ input: { shape: [1, 28, 28] }, target: { shape: [] }, classes: 10 });
    expect(spec).toEqual(await fashionMnist.describe(OPTIONS, userContext));
    expect([train.size, held.size]).toEqual([60000, 10000]);
    expect([...train.targets.subarray(0, 10)]).toEqual([9, 0, 0, 3, 0, 2, 7, 2, 5, 5]);
    expect([...held.targets.subarray(0, 10)]).toEqual([9, 2, 1, 1, 6, 1, 4, 6, 5, 7]);
    const counts = new Array<number>(10).fill(0);
    for (const label of train.targets) counts[label]! += 1;
    expect(counts).toEqual(new Array(10).fill(6000));
    // numpy: x = image.astype(float64); ((x - x.mean()) / x.std()).astype(float32); the first image, row 3, columns 12 to 17.
    expect(train.inputs).toBeInstanceOf(Float32Array);
    expect(train.inputs[0]).toBe(Math.fround(-0.95541394));
    expect([...train.inputs.subarray(3 * 28 + 12, 3 * 28 + 18)]).toEqual([
      -0.9455900192260742, -0.9554139375686646, -0.9554139375686646, -0.8277029395103455, -0.2382676899433136,
      -0.9554139375686646,
    ]);
    expect(provenance.license).toBe('MIT');
  });

  it('has the well-known mean and deviation of its pixels', async (test) => {
    await demandFetched('fashion-mnist', fashionMnist.files!, test);
    const unit = await fashionMnist.load({ ...OPTIONS, preprocessing: 'unit' }, userContext);
    const values = unit.train.inputs;
    let [sum, squares] = [0, 0];
    for (const x of values) {
      sum += x;
      squares += x * x;
    }
    const mean = sum / values.length;
    expect(mean).toBeCloseTo(0.2860406, 6);
    expect(Math.sqrt(squares / values.length - mean ** 2)).toBeCloseTo(0.3530242, 6);
    // So standardize-channel is (x - 0.2860406) / 0.3530242.
    const whole = await fashionMnist.load({ ...OPTIONS, preprocessing: 'standardize-channel' }, userContext);
    for (const i of [0, 100, 20000]) {
      expect(whole.test.inputs[i]).toBeCloseTo((unit.test.inputs[i]! - 0.2860406) / 0.3530242, 5);
    }
  });

  it('explains before a run how to get it', async () => {
    await expect(
      fashionMnist.describe({ ...OPTIONS, directory: context.directory }, context),
    ).rejects.toMatchObject({ remedy: expect.stringContaining(context.directory) });
    await expect(fashionMnist.files!.locate(context)).resolves.toMatchObject([
      { name: 'train-images-idx3-ubyte', bytes: 47040016 },
      { name: 'train-labels-idx1-ubyte', bytes: 60008 },
      { name: 't10k-images-idx3-ubyte', bytes: 7840016 },
      { name: 't10k-labels-idx1-ubyte', bytes: 10008 },
    ]);
  });
});
