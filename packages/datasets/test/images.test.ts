import { describe, expect, it } from 'vitest';
import { ChannelHistogram, imageWriter, type Preprocessing } from '../src/images.js';

const SHAPE = { channels: 2, height: 2, width: 3 };
const IMAGE = Uint8Array.of(0, 10, 20, 30, 40, 255, 7, 7, 9, 200, 100, 1);

function written(preprocessing: Preprocessing, image: Uint8Array, histogram?: ChannelHistogram): number[] {
  const output = new Float64Array(3 + image.length + 1).fill(-99);
  imageWriter(preprocessing, SHAPE, histogram)(image, output, 3);
  // Nothing outside its range is touched.
  expect([...output.subarray(0, 3), output.at(-1)]).toEqual([-99, -99, -99, -99]);
  return [...output.subarray(3, -1)];
}

/** By the definition, in two passes. */
function standardized(values: readonly number[]): number[] {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
  return values.map((x) => (x - mean) / Math.sqrt(variance));
}

function expectClose(got: readonly number[], expected: readonly number[]): void {
  expect(got.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(got[i]).toBeCloseTo(value, 13);
}

describe('imageWriter', () => {
  it('divides by 255', () => {
    expect(written('unit', IMAGE)).toEqual([...IMAGE].map((pixel) => pixel / 255));
  });

  it('standardizes an image over all values', () => {
    expectClose(written('standardize-image', IMAGE), standardized([...IMAGE]));
  });

  it('standardizes each channel of an image', () => {
    const channels = [IMAGE.subarray(0, 6), IMAGE.subarray(6)];
    expectClose(
      written('standardize-image-channel', IMAGE),
      channels.flatMap((channel) => standardized([...channel])),
    );
  });

  it('standardizes each channel over the training set', () => {
    const other = IMAGE.map((pixel) => 255 - pixel);
    const histogram = new ChannelHistogram(SHAPE);
    for (const image of [IMAGE, other]) histogram.add(image);
    const expected = [0, 6].flatMap((start) => {
      const pool = [IMAGE, other].flatMap((image) => [...image.subarray(start, start + 6)]);
      return standardized(pool).slice(0, 6);
    });
    expectClose(written('standardize-channel', IMAGE, histogram), expected);
  });

  it('maps a single colour to zeros', () => {
    const flat = Uint8Array.of(5, 5, 5, 5, 5, 5, 1, 1, 1, 3, 3, 3);
    expect(written('standardize-image-channel', flat)).toEqual([0, 0, 0, 0, 0, 0, -1, -1, -1, 1, 1, 1]);
  });

  it('is exact for large sums of squares', () => {
    const shape = { channels: 1, height: 64, width: 64 };
    const image = new Uint8Array(64 * 64).fill(255);
    image[0] = 254;
    const output = new Float64Array(image.length);
    imageWriter('standardize-image', shape)(image, output, 0);
    // One of n differs: it is sqrt(n - 1) standard deviations from the mean, the others 1 / sqrt(n - 1).
    expect(output[0]).toBeCloseTo(-Math.sqrt(4095), 10);
    expect(output[1]).toBeCloseTo(1 / Math.sqrt(4095), 13);
  });
});
