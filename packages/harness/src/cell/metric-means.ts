// Means of a step's metrics from one evaluation to the next.

/** Sums metrics step by step; {@link take} returns their means and starts anew. */
export class MetricMeans {
  readonly #sums: Float64Array;
  #count = 0;

  constructor(private readonly names: readonly string[]) {
    this.#sums = new Float64Array(names.length);
  }

  add(values: ArrayLike<number>): void {
    for (let i = 0; i < this.#sums.length; i++) this.#sums[i]! += values[i]!;
    this.#count += 1;
  }

  /** A mean that is not finite is null, as JSON needs it. */
  take(): Record<string, number | null> {
    const means = this.names.map((name, i) => {
      const mean = this.#sums[i]! / this.#count;
      return [name, Number.isFinite(mean) ? mean : null] as const;
    });
    this.#sums.fill(0);
    this.#count = 0;
    return Object.fromEntries(means);
  }
}
