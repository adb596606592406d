// Means of a step's metrics between evaluations.

/** Metrics averaged over the examples of a mini-batch; all others belong to the step. */
const LOSSES: ReadonlySet<string> = new Set(['loss', 'lossAfter']);

/**
 * Sums metrics step by step; {@link take} returns their means and resets.
 *
 * Losses are weighted by examples, so that a short last mini-batch does not distort the mean over an epoch; or by
 * mini-batches, as in the SGN paper. Metrics of a step count once per step.
 */
export class MetricMeans {
  readonly #sums: Float64Array;
  readonly #isWeighed: readonly boolean[];
  #steps = 0;
  #weight = 0;

  constructor(
    private readonly names: readonly string[],
    lossesOver: 'examples' | 'batches',
  ) {
    this.#sums = new Float64Array(names.length);
    this.#isWeighed = names.map((name) => lossesOver === 'examples' && LOSSES.has(name));
  }

  /** @param share examples of the mini-batch over those of a full one; 1 gives the plain mean, to the bit */
  add(values: ArrayLike<number>, share: number): void {
    for (let i = 0; i < this.#sums.length; i++)
      this.#sums[i]! += this.#isWeighed[i] ? share * values[i]! : values[i]!;
    this.#steps += 1;
    this.#weight += share;
  }

  /** A mean that is not finite becomes null: JSON has no NaN. */
  take(): Record<string, number | null> {
    const means = this.names.map((name, i) => {
      const mean = this.#sums[i]! / (this.#isWeighed[i] ? this.#weight : this.#steps);
      return [name, Number.isFinite(mean) ? mean : null] as const;
    });
    this.#sums.fill(0);
    this.#steps = 0;
    this.#weight = 0;
    return Object.fromEntries(means);
  }
}
