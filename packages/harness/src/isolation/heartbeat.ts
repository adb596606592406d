// What a cell's process lets its parent know while it runs: that it lives, its memory, and what its main thread is in.

/**
 * Int32 slots of the memory that the main thread of a cell shares with its watchdog: turns of the event loop, and calls
 * into the engine that have not returned.
 */
export const SLOTS = { turns: 0, native: 1 } as const;

/** Time between two beats. */
export const BEAT_MS = 250;

/** The file descriptor of a cell's process that beats are written to, one JSON text per line. */
export const BEAT_CHANNEL = 4;

export interface Heartbeat {
  /** Resident memory of the process, in bytes. */
  readonly bytes: number;
  /** Seconds for which the event loop has not turned, while no call into the engine was open: JavaScript spins. */
  readonly spinning: number;
  /** Seconds for which the event loop has not turned, in a call into the engine. */
  readonly native: number;
}

/** What the watchdog is started with. */
export interface WatchdogData {
  readonly shared: Int32Array;
  /** The process that this one must not outlive. */
  readonly parent: number;
}
