// Means of a step's metrics from one evaluation to the next.

/** Metrics that are means over the examples of a mini-batch; all others are of the step. */
const LOSSES: ReadonlySet<string> = new Set(['loss', 'lossAfter']);

/**
 * Sums metrics step by step; {@link take} returns their means and starts anew.
 *
 * Losses are weighed by the examples of their mini-batches, so that an epoch's is that of its examples, however short the
 * last mini-batch is; or, as in the SGN paper, by mini-batches. Metrics of a step count once a step.
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

  /** @param share examples of the mini-batch over those of a full one: 1 leaves every bit of a plain mean as it is */
  add(values: ArrayLike<number>, share: number): void {
    for (let i = 0; i < this.#sums.length; i++)
      this.#sums[i]! += this.#isWeighed[i] ? share * values[i]! : values[i]!;
    this.#steps += 1;
    this.#weight += share;
  }

  /** A mean that is not finite is null, as JSON needs it. */
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
