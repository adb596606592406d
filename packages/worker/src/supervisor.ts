// Holds a worker to its limits: time, memory, JavaScript that does not return, and what arrives on the heartbeat's pipe.

import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { validator } from '@gaussmark/core';
import { readLines } from './bounded-lines.js';
import type { Ending } from './ending.js';
import { HEARTBEAT, type Heartbeat } from './heartbeat.js';
import type { Limits } from './limits.js';
import type { ProcessTree } from './process-tree.js';
import { CHANNELS } from './protocol.js';

const MEMORY_POLL_MS = 100;
/** The longest valid heartbeat, in bytes. */
const LONGEST_BEAT = 8192;
/** Time for the watchdog to locate a loop. */
const SEARCH_SECONDS = 5;
const MEBIBYTE = 2 ** 20;

const beatIssues = validator(HEARTBEAT);

/** What the time limit applies to: a whole task, or the silence between two messages (a plugin's call, an event). */
export type Patience = 'task' | 'sign';

export interface SupervisorOptions {
  readonly token: string;
  readonly tree: ProcessTree | undefined;
  readonly limits: Limits;
  readonly patience: Patience;
  /** Seconds that JavaScript may spin; null for no limit. */
  readonly spinLimit: number | null;
  /** Ends the worker for breaking a limit. */
  readonly end: (ending: Ending) => void;
}

export class Supervisor {
  #timeout: NodeJS.Timeout | undefined;
  readonly #poll: NodeJS.Timeout;
  #beat: Heartbeat | undefined;
  #lastBeat = performance.now();
  /** The highest memory use seen, in bytes. */
  peakBytes = 0;

  readonly #options: SupervisorOptions;

  constructor(child: ChildProcess, options: SupervisorOptions) {
    this.#options = options;
    this.#poll = setInterval(() => {
      const bytes = options.tree?.residentBytes() ?? null;
      if (bytes !== null) this.#checkMemory(bytes);
    }, MEMORY_POLL_MS);
    // A process that failed to start has no pipes.
    const channel = (child.stdio as readonly unknown[])?.[CHANNELS.beats] as Readable | null | undefined;
    if (!channel) return;
    readLines(channel, LONGEST_BEAT, {
      onLine: (line) => this.#onLine(line),
      onTooLong: () => this.#endAsForeign(),
    });
  }

  /** Starts or restarts the time limit. */
  restart(): void {
    clearTimeout(this.#timeout);
    const milliseconds = Math.min(1000 * this.#options.limits.seconds, 2 ** 31 - 1);
    this.#timeout = setTimeout(() => this.#timedOut(), milliseconds);
  }

  /** Suspends the time limit. */
  rest(): void {
    clearTimeout(this.#timeout);
  }

  stop(): void {
    clearTimeout(this.#timeout);
    clearInterval(this.#poll);
  }

  #onLine(line: string): void {
    const beat = this.#beatOf(line);
    if (beat === undefined) {
      this.#endAsForeign();
      return;
    }
    this.#beat = beat;
    this.#lastBeat = performance.now();
    this.#checkMemory(beat.bytes);
    const { spinLimit: allowed } = this.#options;
    if (allowed === null) return;
    if (beat.stuck === undefined && beat.spinning < allowed + SEARCH_SECONDS) return;
    const where = beat.stuck === undefined ? '' : `, ${beat.stuck}`;
    this.#options.end({
      status: 'timeout',
      reason: `JavaScript ran for ${allowed} s without returning, outside the engine${where}: an endless loop?`,
    });
  }

  #beatOf(line: string): Heartbeat | undefined {
    if (!line.startsWith(`${this.#options.token} `)) return undefined;
    try {
      const beat: unknown = JSON.parse(line.slice(this.#options.token.length + 1));
      return beatIssues(beat).length === 0 ? (beat as Heartbeat) : undefined;
    } catch {
      return undefined;
    }
  }

  #endAsForeign(): void {
    this.#options.end({
      status: 'failed',
      reason: "something other than the harness wrote to the worker's heartbeat",
    });
  }

  #checkMemory(bytes: number): void {
    this.peakBytes = Math.max(this.peakBytes, bytes);
    if (bytes <= this.#options.limits.bytes) return;
    const mebibytes = (value: number) => `${Math.round(value / MEBIBYTE)} MiB`;
    this.#options.end({
      status: 'out-of-memory',
      reason: `it used ${mebibytes(bytes)} of memory, more than its limit of ${mebibytes(this.#options.limits.bytes)}`,
    });
  }

  #timedOut(): void {
    const { patience, limits } = this.#options;
    const what =
      patience === 'task'
        ? `it exceeded its limit of ${limits.seconds} s of wall-clock time`
        : `no answer for ${limits.seconds} s`;
    this.#options.end({ status: 'timeout', reason: `${what}; ${this.#lastSeen()}` });
  }

  /** What the process was last known to be doing. */
  #lastSeen(): string {
    const silence = (performance.now() - this.#lastBeat) / 1000;
    const since = (seconds: number) => `for ${seconds.toFixed(1)} s`;
    if (this.#beat === undefined) return 'it sent no heartbeat';
    if (silence > 5) return `it had sent no heartbeat ${since(silence)}`;
    if (this.#beat.spinning >= 1) return `JavaScript had been running ${since(this.#beat.spinning)}`;
    if (this.#beat.native >= 1) return `it had been in a call into the engine ${since(this.#beat.native)}`;
    return 'it was still making progress';
  }
}
