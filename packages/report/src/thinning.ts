// Thins long curves for drawing: Largest-Triangle-Three-Buckets.

/**
 * Indices of at most `limit` points that keep a curve's shape, including the first and the last. Each of `limit - 2` buckets
 * keeps the point that spans the largest triangle with the previously kept point and the mean of the next bucket.
 * Source: S. Steinarsson, *Downsampling Time Series for Visual Representation*, 2013.
 *
 * @param x ascending abscissas
 * @param y ordinates as drawn (logarithms on a log axis); null counts as 0
 */
export function thin(x: readonly number[], y: readonly (number | null)[], limit: number): number[] {
  const length = x.length;
  if (limit < 3) throw new RangeError(`internal: expected a limit of at least 3 points, got ${limit}`);
  if (length <= limit) return x.map((_, index) => index);
  const at = (index: number) => y[index] ?? 0;
  const width = (length - 2) / (limit - 2);
  const start = (bucket: number) => Math.min(length - 1, Math.floor(bucket * width) + 1);
  const kept = [0];
  let previous = 0;
  for (let bucket = 0; bucket < limit - 2; bucket++) {
    const [from, to] = [start(bucket), start(bucket + 1)];
    const [meanX, meanY] = meanPoint(x, at, to, Math.max(to + 1, start(bucket + 2)));
    let best = from;
    let bestArea = -1;
    for (let index = from; index < to; index++) {
      const area = Math.abs(
        (x[previous]! - meanX) * (at(index) - at(previous)) -
          (x[previous]! - x[index]!) * (meanY - at(previous)),
      );
      if (area > bestArea) [best, bestArea] = [index, area];
    }
    kept.push(best);
    previous = best;
  }
  return [...kept, length - 1];
}

function meanPoint(
  x: readonly number[],
  y: (index: number) => number,
  from: number,
  to: number,
): [number, number] {
  let [sumX, sumY] = [0, 0];
  const end = Math.min(to, x.length);
  for (let index = from; index < end; index++) {
    sumX += x[index]!;
    sumY += y(index);
  }
  return [sumX / (end - from), sumY / (end - from)];
}
