// The step times of a run, in bounded memory.

import { quantileSorted } from 'simple-statistics';

/** The most times kept: 8 MiB. Short runs keep all, so their quantiles are exact. */
const MOST_KEPT = 2 ** 20;

export class StepTimes {
  /** Steps seen. */
  count = 0;
  /** Seconds of every `#stride`-th step. */
  #kept = new Float64Array(1024);
  #length = 0;
  #stride = 1;

  constructor(private readonly mostKept = MOST_KEPT) {}

  add(seconds: number): void {
    const step = this.count++;
    if (step % this.#stride !== 0) return;
    if (this.#length === this.mostKept) {
      this.#thin();
      if (step % this.#stride !== 0) return;
    }
    if (this.#length === this.#kept.length) this.#grow();
    this.#kept[this.#length++] = seconds;
  }

  /**
   * Quantiles in seconds, over all steps or, in a long run, over evenly spaced steps; null without steps.
   *
   * @param levels from 0 to 1
   */
  quantiles(levels: readonly number[]): readonly (number | null)[] {
    if (this.#length === 0) return levels.map(() => null);
    const sorted = Array.from(this.#kept.slice(0, this.#length).sort());
    return levels.map((level) => quantileSorted(sorted, level));
  }

  /** Keeps every other time. */
  #thin(): void {
    for (let i = 0; 2 * i < this.#length; i++) this.#kept[i] = this.#kept[2 * i]!;
    this.#length = Math.ceil(this.#length / 2);
    this.#stride *= 2;
  }

  #grow(): void {
    const larger = new Float64Array(2 * this.#kept.length);
    larger.set(this.#kept);
    this.#kept = larger;
  }
}
