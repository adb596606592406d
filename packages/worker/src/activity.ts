// The main thread's side of the watchdog: starts it and maintains the two counters it watches.

import { url as debuggerUrl } from 'node:inspector';
import { Worker } from 'node:worker_threads';
import type { Engine } from '@gaussmark/core';
import { BEAT_MS, SLOTS, type WatchdogData } from './heartbeat.js';
import { observedEngine } from './observed-engine.js';
import type { Hello } from './protocol.js';

const { add, sub } = Atomics;

export class Activity {
  readonly #shared = new Int32Array(new SharedArrayBuffer(Object.keys(SLOTS).length * 4));

  /** Resolves when the watchdog runs: from then on nothing can prevent it from starting. */
  async start({ parent, token, spinLimit }: Hello): Promise<void> {
    setInterval(() => add(this.#shared, SLOTS.turns, 1), BEAT_MS / 2).unref();
    // A debugged plugin may pause as long as it likes.
    const isDebugged = debuggerUrl() !== undefined;
    const workerData: WatchdogData = {
      shared: this.#shared,
      parent,
      token,
      spinLimit: isDebugged || spinLimit === null ? Number.POSITIVE_INFINITY : spinLimit,
    };
    const watchdog = new Worker(new URL('./watchdog.js', import.meta.url), { workerData, execArgv: [] });
    await new Promise<void>((resolve, reject) => {
      watchdog.once('online', resolve);
      watchdog.once('error', reject);
    });
    watchdog.unref();
  }

  /** The engine, with its calls marked as native. */
  observe(engine: Engine): Engine {
    return observedEngine(engine, {
      enter: () => void add(this.#shared, SLOTS.native, 1),
      leave: () => void sub(this.#shared, SLOTS.native, 1),
    });
  }
}
