// The stream of second mini-batches: shuffled passes through the training set, independent of those of the first.

import { PythonShuffle } from '@gaussmark/random';

/** Exclusive-or with the run's seed: the second stream's seed. */
const SECOND = 0x9e3779b9;

export class SecondStream {
  readonly #shuffle: PythonShuffle;
  #position: number;

  /**
   * @param size of the training set
   * @param seed of the run
   */
  constructor(size: number, seed: number) {
    this.#shuffle = new PythonShuffle(size, (seed ^ SECOND) >>> 0);
    this.#position = size;
  }

  /** Fills `rows` with the next rows; a pass may end within them. */
  draw(rows: Int32Array): void {
    const { order } = this.#shuffle;
    for (let filled = 0; filled < rows.length; ) {
      if (this.#position === order.length) {
        this.#shuffle.next();
        this.#position = 0;
      }
      const count = Math.min(rows.length - filled, order.length - this.#position);
      rows.set(order.subarray(this.#position, this.#position + count), filled);
      this.#position += count;
      filled += count;
    }
  }
}
