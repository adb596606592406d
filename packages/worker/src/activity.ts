// The main thread's side of the watchdog: starts it, and keeps the two numbers that it watches.

import { url as debuggerUrl } from 'node:inspector';
import { Worker } from 'node:worker_threads';
import type { Engine } from '@gaussmark/core';
import { BEAT_MS, SLOTS, type WatchdogData } from './heartbeat.js';
import { observedEngine } from './observed-engine.js';
import type { Hello } from './protocol.js';

const { add, sub } = Atomics;

export class Activity {
  readonly #shared = new Int32Array(new SharedArrayBuffer(Object.keys(SLOTS).length * 4));

  /** Starts the watchdog and waits until it runs, so that nothing which comes later can keep it from starting. */
  async start({ parent, token, spinLimit }: Hello): Promise<void> {
    setInterval(() => add(this.#shared, SLOTS.turns, 1), BEAT_MS / 2).unref();
    // Whoever debugs a plugin stops it for as long as they like.
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

  /** An engine whose calls are known to be native. */
  observe(engine: Engine): Engine {
    return observedEngine(engine, {
      enter: () => void add(this.#shared, SLOTS.native, 1),
      leave: () => void sub(this.#shared, SLOTS.native, 1),
    });
  }
}
