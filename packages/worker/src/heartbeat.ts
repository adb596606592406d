// What a worker lets its command know while it works: that it lives, its memory, and what its main thread is in.

/**
 * Int32 slots of the memory that the main thread of a worker shares with its watchdog: turns of the event loop, and calls
 * into the engine that have not returned.
 */
export const SLOTS = { turns: 0, native: 1 } as const;

/** Time between two beats. */
export const BEAT_MS = 250;

export interface Heartbeat {
  /** Resident memory of the process, in bytes. */
  readonly bytes: number;
  /** Seconds for which the event loop has not turned, while no call into the engine was open: JavaScript spins. */
  readonly spinning: number;
  /** Seconds for which the event loop has not turned, in a call into the engine. */
  readonly native: number;
  /** Where JavaScript spins, once that has gone on for too long: `at /x/index.js:4`, `in native code`. */
  readonly stuck?: string;
}

const SECONDS = { type: 'number', minimum: 0 } as const;

/** Of a beat, as a JSON Schema. */
export const HEARTBEAT = {
  type: 'object',
  properties: {
    bytes: { type: 'number', minimum: 0 },
    spinning: SECONDS,
    native: SECONDS,
    stuck: { type: 'string', maxLength: 4000 },
  },
  required: ['bytes', 'spinning', 'native'],
  additionalProperties: false,
} as const;

/** What the watchdog is started with. */
export interface WatchdogData {
  readonly shared: Int32Array;
  readonly token: string;
  /** The process that this one must not outlive. */
  readonly parent: number;
  /** Seconds of spinning after which it is looked where. */
  readonly spinLimit: number;
}
