// The heartbeat of a worker: memory, and what its main thread is doing.

import { AMOUNT, closed, objectOf, type Schema, type Static } from './message-schemas.js';

/** Int32 slots shared by a worker's main thread and its watchdog: event-loop turns, and engine calls in progress. */
export const SLOTS = { turns: 0, native: 1 } as const;

export const BEAT_MS = 250;

const PLACE: Schema<string> = { type: 'string', maxLength: 4000 };

export const HEARTBEAT = closed(
  objectOf(
    {
      /** Resident memory of the process. */
      bytes: AMOUNT,
      /** Seconds since the event loop last turned, with no engine call in progress: JavaScript spins. */
      spinning: AMOUNT,
      /** Seconds since the event loop last turned, during an engine call. */
      native: AMOUNT,
    },
    {
      /** Where JavaScript spins, once that has lasted too long: `at /x/index.js:4`, `in native code`. */
      stuck: PLACE,
    },
  ),
);

export type Heartbeat = Static<typeof HEARTBEAT>;

/** What the watchdog is started with. */
export interface WatchdogData {
  readonly shared: Int32Array;
  readonly token: string;
  /** The process that this one must not outlive. */
  readonly parent: number;
  /** Seconds of spinning after which the watchdog locates it. */
  readonly spinLimit: number;
}
