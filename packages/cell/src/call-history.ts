// The latest calls of a training, since values that are kept: with them, steps can be repeated, and so taken back.

import type { ClockReading } from './step-clock.js';

/** Calls of one span: a longer one would take long to repeat. */
const MOST_CALLS = 16;
/** Seconds of calls after which a span ends, likewise. */
const MOST_SECONDS = 0.1;

/** A program of one or several steps. */
interface Steps {
  readonly steps: number;
  /** Rows of the training set that each reads. */
  readonly rowsOfStep: number;
}

export interface Call<C extends Steps> {
  compiled: C;
  /** The rows of its mini-batches. */
  rows: Int32Array;
  clock: ClockReading;
}

/** A step of a past call of `compiled`. */
type PastStep<C extends Steps> = Readonly<Call<C>>;

/** A kept set of values, and the clock before the step from there. */
interface Kept {
  readonly set: number;
  readonly clock: ClockReading;
}

/** Calls since a kept set of values. */
interface Span<C extends Steps> {
  /** The kept set. */
  readonly set: number;
  /** Steps taken before. */
  readonly before: number;
  readonly calls: Call<C>[];
  seconds: number;
}

/** The last two spans of calls, enough to take back the last step or two. */
export class CallHistory<C extends Steps> {
  #span: Span<C> = { set: 0, before: 0, calls: [], seconds: 0 };
  #earlier = this.#span;
  /** Arrays for rows, reused. */
  readonly #unused: Int32Array[] = [];

  /** The set kept last, and the clock before the first step from there. */
  get kept(): Kept {
    return keptBy(this.#span);
  }

  /** Whether the next call may overwrite the values it reads, since those kept are near enough. */
  get mayOverwrite(): boolean {
    const { calls, seconds } = this.#span;
    return calls.length > 0 && calls.length < MOST_CALLS && seconds < MOST_SECONDS;
  }

  /** Begins a span: `set` holds the values after `steps` steps and is kept. The set kept before the last one is free. */
  keep(set: number, steps: number): void {
    this.#unused.push(...this.#earlier.calls.map(({ rows }) => rows));
    this.#earlier = this.#span;
    this.#span = { set, before: steps, calls: [], seconds: 0 };
  }

  /** Adds a call, whose rows the caller fills in. */
  add(compiled: C, clock: ClockReading): Call<C> {
    const size = compiled.steps * compiled.rowsOfStep;
    const fitting = this.#unused.findIndex(({ length }) => length === size);
    const rows = fitting < 0 ? new Int32Array(size) : this.#unused.splice(fitting, 1)[0]!;
    const call = { compiled, rows, clock };
    this.#span.calls.push(call);
    return call;
  }

  /** Adds the duration of the last call. */
  spend(seconds: number): void {
    this.#span.seconds += seconds;
  }

  /** How to get to the values after `steps` steps: a kept set, and the steps since. */
  wayTo(steps: number): Kept & { readonly steps: readonly PastStep<C>[] } {
    const span = steps >= this.#span.before ? this.#span : this.#earlier;
    const all = span.calls.flatMap(({ compiled, rows, clock: { progress, step } }) =>
      Array.from({ length: compiled.steps }, (_, i): PastStep<C> => {
        const width = compiled.rowsOfStep;
        const clock = { progress: [progress[i]!], step: step + i };
        return { compiled, rows: rows.subarray(i * width, (i + 1) * width), clock };
      }),
    );
    const since = steps - span.before;
    if (since < 0 || since > all.length) throw new Error(`internal: the values after step ${steps} are gone`);
    return { ...keptBy(span), steps: all.slice(0, since) };
  }
}

function keptBy<C extends Steps>({ set, calls }: Span<C>): Kept {
  const { progress, step } = calls[0]!.clock;
  return { set, clock: { progress: [progress[0]!], step } };
}
