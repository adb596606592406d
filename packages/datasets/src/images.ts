// Converts images from bytes to floats, scaled or standardized.

/** How the bytes of an image become floats. */
export type Preprocessing =
  | 'unit'
  | 'standardize-image'
  | 'standardize-image-channel'
  | 'standardize-channel';

/** An image's bytes, by channel: (channels, height, width). */
export interface ImageShape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

export type Floats = Float32Array | Float64Array;

/** Writes one image's floats at an offset. */
export type ImageWriter = (image: Uint8Array, output: Floats, offset: number) => void;

/** Counts each byte value in each channel: (channels, 256). */
export class ChannelHistogram {
  readonly #counts: Float64Array;

  constructor(private readonly shape: ImageShape) {
    this.#counts = new Float64Array(shape.channels * 256);
  }

  add(image: Uint8Array): void {
    const { channels, height, width } = this.shape;
    const plane = height * width;
    const counts = this.#counts;
    for (let channel = 0; channel < channels; channel++) {
      for (let i = channel * plane; i < (channel + 1) * plane; i++) counts[channel * 256 + image[i]!]! += 1;
    }
  }

  /** Mean and population standard deviation of each channel. */
  statistics(): readonly { readonly mean: number; readonly deviation: number }[] {
    return Array.from({ length: this.shape.channels }, (_, channel) => {
      const counts = this.#counts.subarray(channel * 256, (channel + 1) * 256);
      const total = counts.reduce((sum, count) => sum + count, 0);
      const mean = counts.reduce((sum, count, level) => sum + count * level, 0) / total;
      const variance = counts.reduce((sum, count, level) => sum + count * (level - mean) ** 2, 0) / total;
      return { mean, deviation: Math.sqrt(variance) };
    });
  }
}

/**
 * The map from an image p (bytes) to floats x, computed in float64 and rounded once to the type of `output`:
 *
 * - `unit`: x = p / 255
 * - `standardize-image`: x = (p - mean) / std over all pixels and channels of the image
 * - `standardize-image-channel`: the same, over each channel of the image
 * - `standardize-channel`: the same, over each channel of the training set, given its `histogram`
 *
 * std is the population standard deviation. If it is 0 (a single colour), x is 0. It is exactly 0 then, without rounding
 * noise: bytes, their counts and sums are integers.
 *
 * @param histogram counts of the training images, for `standardize-channel`
 */
export function imageWriter(
  preprocessing: Preprocessing,
  shape: ImageShape,
  histogram?: ChannelHistogram,
): ImageWriter {
  const plane = shape.height * shape.width;
  switch (preprocessing) {
    case 'unit':
      return byTable([Float64Array.from({ length: 256 }, (_, level) => level / 255)], plane * shape.channels);
    case 'standardize-image':
      return byOwnStatistics(plane * shape.channels);
    case 'standardize-image-channel':
      return byOwnStatistics(plane);
    case 'standardize-channel': {
      if (histogram === undefined) throw new Error('internal: standardize-channel needs a histogram');
      const tables = histogram
        .statistics()
        .map(({ mean, deviation }) =>
          Float64Array.from({ length: 256 }, (_, level) => (level - mean) / (deviation || 1)),
        );
      return byTable(tables, plane);
    }
    default:
      return preprocessing satisfies never;
  }
}

/** Maps bytes with one table of 256 values for each run of `length` bytes. */
function byTable(tables: readonly Float64Array[], length: number): ImageWriter {
  return (image, output, offset) => {
    for (const [run, table] of tables.entries()) {
      for (let i = run * length; i < (run + 1) * length; i++) output[offset + i] = table[image[i]!]!;
    }
  };
}

/**
 * Standardizes each run of `length` bytes. With the exact integers S = sum p and Q = sum p^2, std = sqrt(n Q - S^2) / n is
 * rounded only in the root and the quotient, so the order of summation does not matter.
 */
function byOwnStatistics(length: number): ImageWriter {
  // A run has at most 256 distinct bytes, and a look-up is cheaper than a division.
  const table = new Float64Array(256);
  return (image, output, offset) => {
    for (let start = 0; start < image.length; start += length) {
      const end = start + length;
      let sum = 0;
      let squares = 0;
      for (let i = start; i < end; i++) {
        const level = image[i]!;
        sum += level;
        squares += level * level;
      }
      const mean = sum / length;
      const deviation = Math.sqrt(length * squares - sum * sum) / length || 1;
      for (let level = 0; level < 256; level++) table[level] = (level - mean) / deviation;
      for (let i = start; i < end; i++) output[offset + i] = table[image[i]!]!;
    }
  };
}
