// The clock of runs, captured before any plugin is loaded and could replace it.

const now = performance.now.bind(performance);

/** Seconds on a monotonic clock. */
export function clockSeconds(): number {
  return now() / 1000;
}

/** Wall-clock seconds by phase. Phases do not nest: each second counts once. */
export class PhaseClock {
  readonly #start = clockSeconds();
  readonly seconds = { load: 0, compile: 0, evaluate: 0, record: 0 };

  async time<T>(phase: keyof PhaseClock['seconds'], work: () => T | Promise<T>): Promise<T> {
    const start = clockSeconds();
    try {
      return await work();
    } finally {
      this.seconds[phase] += clockSeconds() - start;
    }
  }

  total(): number {
    return clockSeconds() - this.#start;
  }
}
