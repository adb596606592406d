// L-BFGS with Armijo's line search on mini-batches of least squares, in plain loops.

export interface Pair {
  readonly s: readonly number[];
  readonly y: readonly number[];
}

/** Least squares: M rows of n numbers, and M targets. */
export interface PlainBatch {
  readonly inputs: readonly (readonly number[])[];
  readonly targets: readonly number[];
}

export interface PlainOptions {
  readonly memory: number;
  readonly learningRate: number;
  readonly sufficientDecrease: number;
  readonly maxEvaluations: number;
  readonly damping: number;
}

export interface PlainStep {
  readonly w: readonly number[];
  readonly evaluations: number;
}

export const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, x, i) => sum + x * b[i]!, 0);

const residuals = ({ inputs, targets }: PlainBatch, w: readonly number[]) =>
  inputs.map((x, i) => dot(x, w) - targets[i]!);

/** |X w - y|^2 / M */
const lossAt = (batch: PlainBatch, w: readonly number[]): number => {
  const r = residuals(batch, w);
  return dot(r, r) / r.length;
};

/** (2 / M) X'(X w - y) */
export const plainGradient = (batch: PlainBatch, w: readonly number[]): number[] => {
  const r = residuals(batch, w);
  return w.map((_, j) => (2 / r.length) * batch.inputs.reduce((sum, x, i) => sum + x[j]! * r[i]!, 0));
};

/** H g, from the oldest pair to the newest. */
export function product(pairs: readonly Pair[], g: readonly number[]): number[] {
  let q = [...g];
  const a = [...pairs].reverse().map(({ s, y }) => {
    const share = dot(s, q) / dot(s, y);
    q = q.map((x, i) => x - share * y[i]!);
    return share;
  });
  const { s: newestS, y: newestY } = pairs.at(-1)!;
  let r = q.map((x) => (x * dot(newestS, newestY)) / dot(newestY, newestY));
  for (const [k, { s, y }] of pairs.entries()) {
    const b = dot(y, r) / dot(s, y);
    r = r.map((x, i) => x + (a[pairs.length - 1 - k]! - b) * s[i]!);
  }
  return r;
}

/** One step on each of the mini-batches. */
export function plainSteps(
  batches: readonly PlainBatch[],
  start: readonly number[],
  options: PlainOptions,
): PlainStep[] {
  let w = start;
  let pairs: readonly Pair[] = [];
  return batches.map((batch) => {
    const g = plainGradient(batch, w);
    const towards =
      pairs.length === 0 ? g.map((x) => x * Math.min(1, 1 / Math.hypot(...g))) : product(pairs, g);
    const pointAt = (alpha: number) => w.map((x, i) => x - alpha * towards[i]!);
    let alpha = options.learningRate;
    let evaluations = 1;
    const failsAt = (at: number) =>
      lossAt(batch, pointAt(at)) > lossAt(batch, w) - options.sufficientDecrease * at * dot(g, towards);
    while (failsAt(alpha) && evaluations < options.maxEvaluations) {
      alpha /= 2;
      evaluations += 1;
    }
    const moved = failsAt(alpha) ? w : pointAt(alpha);
    const s = moved.map((x, i) => x - w[i]!);
    const after = plainGradient(batch, moved);
    const y = after.map((x, i) => x - g[i]! + options.damping * s[i]!);
    if (dot(s, y) > Number.EPSILON * Math.hypot(...s) * Math.hypot(...y))
      pairs = [...pairs, { s, y }].slice(-options.memory);
    w = moved;
    return { w, evaluations };
  });
}
