// Running a cell in a process of its own, within limits: whatever happens there becomes the cell's result.

import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import {
  type Cell,
  type CellEvent,
  type CellResult,
  type CurvePoint,
  pluginsOf,
  type Surroundings,
  stepsOf,
} from '../cell/cell.js';
import { type Ending, endingOf, endingOfError } from './ending.js';
import { forkWorker } from './fork-worker.js';
import { BEAT_CHANNEL, type Heartbeat } from './heartbeat.js';
import { heapMebibytes, type Limits, spinLimit } from './limits.js';
import { outOfMemoryKills, residentBytes } from './process-tree.js';

/** @internal */
export interface ToWorker {
  readonly cell: Cell;
  readonly surroundings: Surroundings;
}

/** @internal */
export type ToParent =
  | { readonly type: 'event'; readonly event: CellEvent }
  | { readonly type: 'result'; readonly result: CellResult }
  | { readonly type: 'error'; readonly reason: string };

const WORKER = new URL('./worker.js', import.meta.url);
const MEMORY_POLL_MS = 100;
/** What a process may take to end after it has told its result. */
const GRACE_MS = 5000;
/** A group of its own lets a process be ended with all that it started; it also keeps a terminal's Ctrl-C from it. */
const OWN_GROUP = process.platform !== 'win32';

/** The processes that run now: they do not outlive this one. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) killAll(child);
});

export interface IsolationOptions {
  readonly limits: Limits;
  readonly onEvent: (event: CellEvent) => void;
  /** Ends the process when it aborts; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a cell in a child process. A thrown error, a crash, a kill, time or memory beyond the limits become a result with the
 * status `failed`, `timeout` or `out-of-memory` and the reason; what the run had recorded until then is kept.
 *
 * The process ends itself when this one is gone, whatever it is in (watchdog.ts).
 */
export function runCellInProcess(
  cell: Cell,
  surroundings: Surroundings,
  { limits, onEvent, signal }: IsolationOptions,
): Promise<CellResult> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const kills = outOfMemoryKills();
    const curve: CurvePoint[] = [];
    let outcome: CellResult | undefined;
    const { child, stderr } = forkWorker(WORKER, [String(process.pid)], {
      execArgv: [`--max-old-space-size=${heapMebibytes(limits)}`],
      detached: OWN_GROUP,
      channels: 1,
    });
    running.add(child);
    const ended = ({ status, reason }: Ending): CellResult => ({
      status,
      reason,
      engineInfo: {},
      curve,
      steps: stepsOf(curve),
      seconds: {
        load: 0,
        compile: 0,
        train: curve.at(-1)?.seconds ?? 0,
        evaluate: 0,
        total: (performance.now() - start) / 1000,
      },
    });
    const end = (ending: Ending) => {
      outcome ??= ended(ending);
      killAll(child);
    };
    const overseer = new Overseer(child, limits, end);
    const abort = () => killAll(child);
    signal?.addEventListener('abort', abort, { once: true });
    let grace: NodeJS.Timeout | undefined;
    const settle = (result: CellResult) => {
      outcome ??= result;
      overseer.stop();
      grace ??= setTimeout(abort, GRACE_MS);
    };

    child.on('message', (message: ToParent) => {
      switch (message.type) {
        case 'event':
          if (message.event.type === 'point') curve.push(message.event.point);
          onEvent(message.event);
          break;
        case 'result':
          settle(message.result);
          break;
        case 'error':
          settle(ended(endingOfError(message.reason)));
          break;
        default:
          message satisfies never;
      }
    });
    const finish = (fallback: () => Ending) => {
      running.delete(child);
      overseer.stop();
      clearTimeout(grace);
      signal?.removeEventListener('abort', abort);
      if (signal?.aborted && outcome === undefined) reject(signal.reason);
      else resolve({ ...(outcome ?? ended(fallback())), peakBytes: overseer.peakBytes });
    };
    child.on('error', ({ message }) =>
      finish(() => ({
        status: 'failed',
        reason: `the process of the run could not be started: ${message}`,
      })),
    );
    // What it started may hold its pipes open, and 'close' would wait for that.
    child.on('exit', () => killAll(child));
    child.on('close', (code, killedBy) => {
      const now = outOfMemoryKills();
      const outOfMemory = kills === null || now === null ? null : now - kills;
      finish(() => endingOf({ code, signal: killedBy, stderr: stderr(), outOfMemoryKills: outOfMemory }));
    });
    // A process that ends before it reads this is told of by 'close'.
    const { plugins } = surroundings;
    const own = plugins === undefined ? {} : { plugins: pluginsOf(cell, plugins) };
    child.send({ cell, surroundings: { ...surroundings, ...own } } satisfies ToWorker, () => {});
  });
}

/** Watches over the limits of a process. */
class Overseer {
  readonly #timeout: NodeJS.Timeout;
  readonly #poll: NodeJS.Timeout;
  #beat: Heartbeat | undefined;
  #lastBeat = performance.now();
  /** The most memory that was seen, in bytes. */
  peakBytes = 0;

  constructor(
    child: ChildProcess,
    private readonly limits: Limits,
    private readonly end: (ending: Ending) => void,
  ) {
    this.#timeout = setTimeout(() => this.#outOfTime(), Math.min(1000 * limits.seconds, 2 ** 31 - 1));
    this.#poll = setInterval(() => {
      const bytes = child.pid === undefined ? null : residentBytes(child.pid);
      if (bytes !== null) this.#measured(bytes);
    }, MEMORY_POLL_MS);
    // A process that could not be started has no channel.
    const channel = child.stdio?.[BEAT_CHANNEL] as Readable | null | undefined;
    if (channel)
      createInterface({ input: channel.on('error', () => {}) }).on('line', (line) => this.#onBeat(line));
  }

  stop(): void {
    clearTimeout(this.#timeout);
    clearInterval(this.#poll);
  }

  #onBeat(line: string): void {
    let beat: Heartbeat;
    try {
      beat = JSON.parse(line) as Heartbeat;
    } catch {
      return; // Cut off by the end of the process.
    }
    this.#beat = beat;
    this.#lastBeat = performance.now();
    this.#measured(beat.bytes);
    const allowed = spinLimit(this.limits);
    if (beat.spinning >= allowed) {
      this.end({
        status: 'timeout',
        reason: `JavaScript ran for ${allowed} s without coming to an end, outside the engine: an endless loop?`,
      });
    }
  }

  #measured(bytes: number): void {
    this.peakBytes = Math.max(this.peakBytes, bytes);
    if (bytes <= this.limits.bytes) return;
    const mebibytes = (value: number) => `${Math.round(value / 2 ** 20)} MiB`;
    this.end({
      status: 'out-of-memory',
      reason: `it took ${mebibytes(bytes)} of memory, more than its ${mebibytes(this.limits.bytes)}`,
    });
  }

  #outOfTime(): void {
    this.end({
      status: 'timeout',
      reason: `it took longer than its ${this.limits.seconds} s of wall-clock time; ${this.#lastSeen()}`,
    });
  }

  /** What the process was last known to be in. */
  #lastSeen(): string {
    const silence = (performance.now() - this.#lastBeat) / 1000;
    const since = (seconds: number) => `for ${seconds.toFixed(1)} s`;
    if (this.#beat === undefined) return 'it gave no sign of life';
    if (silence > 5) return `it had given no sign of life ${since(silence)}`;
    if (this.#beat.spinning >= 1) return `JavaScript had been running ${since(this.#beat.spinning)}`;
    if (this.#beat.native >= 1) return `it had been in a call into the engine ${since(this.#beat.native)}`;
    return 'it was still making progress';
  }
}

/** Ends a process and what it started, whatever they are in. */
function killAll(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (OWN_GROUP) process.kill(-child.pid, 'SIGKILL');
    else child.kill('SIGKILL');
  } catch {
    // It was gone already.
  }
}
