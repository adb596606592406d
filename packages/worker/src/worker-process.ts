// A worker: a process that runs the code of plugins for a command, one task after the other, within limits.
//
// Whatever happens there ends there. Its messages carry a token and are checked; what it prints is kept; its memory, its time
// and loops without an end are watched over; it is ended with all that it started, and it does not outlive its command
// (watchdog.ts). A command thus imports no plugin, and takes nothing from one but checked data.

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { defined, type Validator, validator } from '@gaussmark/core';
import { readLines } from './bounded-lines.js';
import { BoundedOutput } from './bounded-output.js';
import { NO_TELEMETRY } from './child-environment.js';
import { type Ending, endingOf } from './ending.js';
import { ALLOCATOR, OWN_GROUP } from './fork-worker.js';
import { heapMebibytes, type Limits, spinLimit } from './limits.js';
import { outOfMemoryKills, ProcessTree } from './process-tree.js';
import { CHANNELS, type FromWorker, type Hello, LONGEST_MESSAGE, MARK, type ToWorker } from './protocol.js';
import { deserializeError, SERIALIZED_ERROR } from './serialized-error.js';
import { type Patience, Supervisor } from './supervisor.js';
import type { Task, TaskTypes } from './task.js';

const WORKER = fileURLToPath(new URL('./worker.js', import.meta.url));
/** What a process may take to end once it has nothing more to do. */
const GRACE_MS = 5000;
/** What pipes that another process holds open are waited for, once the worker is gone. */
const DRAIN_MS = 500;
/** Characters of its output in the reason of a crash. */
const OUTPUT_TAIL = 2000;

/** The workers that run now: they do not outlive this process. */
const running = new Set<WorkerProcess>();
process.on('exit', () => {
  for (const worker of running) worker.kill();
});

export interface WorkerOptions {
  readonly limits: Limits;
  /** What the time of the limits is for; a task if absent. */
  readonly patience?: Patience;
  /** Whether JavaScript may go on without a turn of the event loop: where an engine computes in it, and is not observed. */
  readonly maySpin?: boolean;
  /** What it will be asked first. */
  readonly prepare?: Task<TaskTypes>;
}

export interface AskOptions<T extends TaskTypes> {
  /** JSON Schemas of what comes back, or what finds its mistakes. */
  readonly result: object | Validator;
  readonly event?: Validator;
  readonly onEvent?: (event: T['event']) => void;
}

/** A worker ended before it had answered, or sent what it may not send. */
export class WorkerEnded extends Error {
  override readonly name = 'WorkerEnded';

  constructor(
    readonly ending: Ending,
    /** The plugin that was called last: `optimizer 'sgn'`. */
    readonly plugin: string | undefined,
  ) {
    super(ending.reason);
  }
}

interface Asked {
  readonly result: Validator;
  readonly event: Validator | undefined;
  readonly onEvent: (event: unknown) => void;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

const errorIssues = validator(SERIALIZED_ERROR);

export class WorkerProcess {
  readonly #token = randomBytes(16).toString('hex');
  readonly #child: ChildProcess;
  readonly #tree: ProcessTree | undefined;
  readonly #supervisor: Supervisor;
  readonly #output = new BoundedOutput();
  readonly #stderr = new BoundedOutput();
  readonly #kills = outOfMemoryKills();
  readonly #patience: Patience;
  #asked: Asked | undefined;
  #ending: Ending | undefined;
  #plugin: string | undefined;
  #grace: NodeJS.Timeout | undefined;
  /** Resolves when the process and its pipes are closed. */
  readonly closed: Promise<void>;

  constructor({ limits, patience = 'task', maySpin = false, prepare }: WorkerOptions) {
    const spins = maySpin ? null : spinLimit(limits);
    this.#patience = patience;
    const mark = randomBytes(12).toString('hex');
    const child = spawn(process.execPath, [`--max-old-space-size=${heapMebibytes(limits)}`, WORKER], {
      detached: OWN_GROUP,
      env: { ...ALLOCATOR, ...process.env, ...NO_TELEMETRY, [MARK]: mark },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.#tree = child.pid === undefined ? undefined : new ProcessTree(child.pid, mark);
    this.#supervisor = new Supervisor(child, {
      token: this.#token,
      tree: this.#tree,
      limits,
      patience,
      spinLimit: spins,
      end: (ending) => this.#end(ending),
    });
    running.add(this);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output.add(text);
        if (stream === child.stderr) this.#stderr.add(text);
      });
      stream?.on('error', () => {});
    }
    const replies = child.stdio[CHANNELS.replies] as Readable | null | undefined;
    if (replies) {
      readLines(replies, LONGEST_MESSAGE, {
        onLine: (line) => this.#onLine(line),
        onTooLong: () => this.#foreign(),
      });
    }
    // A process that ends before it reads is error of by its end.
    this.#requests?.on('error', () => {});
    this.#write({
      token: this.#token,
      parent: process.pid,
      spinLimit: spins,
      ...defined({ prepare }),
    });
    this.closed = new Promise<void>((resolve) => {
      child.once('error', ({ message }) => {
        this.#ending ??= { status: 'failed', reason: `the process could not be started: ${message}` };
        // Without a process there is nothing that closes.
        if (child.pid === undefined) resolve();
      });
      child.once('exit', () => {
        // What it started may hold its pipes open, and 'close' would wait for that.
        this.kill();
        setTimeout(() => destroyPipes(child), DRAIN_MS).unref();
      });
      child.once('close', () => resolve());
    }).then(() => this.#finish());
  }

  /** What it printed so far; undefined if nothing. */
  get output(): string | undefined {
    return this.#output.text;
  }

  /** The most memory that was seen, in bytes. */
  get peakBytes(): number {
    return this.#supervisor.peakBytes;
  }

  get hasEnded(): boolean {
    return this.#ending !== undefined || this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /**
   * Has a task done; one at a time.
   *
   * @throws WorkerEnded if the process ends before, or breaks a limit or the protocol; else what the task throws
   */
  ask<T extends TaskTypes>(
    task: Task<T>,
    input: T['input'],
    { result, event, onEvent = () => {} }: AskOptions<T>,
  ): Promise<T['result']> {
    if (this.#asked !== undefined) throw new Error('internal: a worker does one task at a time');
    if (this.#ending !== undefined) return Promise.reject(new WorkerEnded(this.#ending, this.#plugin));
    return new Promise<T['result']>((resolve, reject) => {
      this.#asked = {
        result: typeof result === 'function' ? (result as Validator) : validator(result),
        event,
        onEvent: onEvent as Asked['onEvent'],
        resolve: resolve as Asked['resolve'],
        reject,
      };
      this.#supervisor.restart();
      this.#write({ type: 'do', task, input });
    });
  }

  /** Asks it to give up what it does, in order; it is ended if it does not. */
  cancel(): void {
    this.#write({ type: 'cancel' });
    this.#grace ??= setTimeout(() => this.kill(), GRACE_MS);
  }

  /** Lets it end; resolves when it has. */
  async end(): Promise<void> {
    this.#requests?.end();
    this.#supervisor.stop();
    this.#grace ??= setTimeout(() => this.kill(), GRACE_MS);
    await this.closed;
  }

  /** Ends it and all that it started, whatever they are in. */
  kill(): void {
    if (OWN_GROUP && this.#tree !== undefined) this.#tree.kill();
    else this.#child.kill('SIGKILL');
  }

  get #requests(): Writable | null | undefined {
    return this.#child.stdio?.[CHANNELS.requests] as Writable | null | undefined;
  }

  #write(message: Hello | ToWorker): void {
    this.#requests?.write(`${JSON.stringify(message)}\n`);
  }

  #onLine(line: string): void {
    if (this.#ending !== undefined) return;
    const message = this.#messageOf(line);
    if (message === undefined) {
      this.#foreign();
      return;
    }
    if (this.#patience === 'sign') this.#supervisor.restart();
    const asked = this.#asked;
    switch (message.type) {
      case 'call':
        this.#plugin = message.plugin;
        break;
      case 'event':
        if (asked === undefined || !this.#isSound(asked.event, message.event)) break;
        asked.onEvent(message.event);
        break;
      case 'result':
        if (asked === undefined || !this.#isSound(asked.result, message.result)) break;
        this.#answered()?.resolve(message.result);
        break;
      case 'error':
        if (errorIssues(message.error).length > 0) this.#foreign();
        else this.#answered()?.reject(deserializeError(message.error));
        break;
      default:
        message satisfies never;
        this.#foreign();
    }
  }

  #messageOf(line: string): FromWorker | undefined {
    if (!line.startsWith(`${this.#token} `)) return undefined;
    try {
      const message = JSON.parse(line.slice(this.#token.length + 1)) as FromWorker | null;
      if (typeof message !== 'object' || message === null) return undefined;
      return message.type === 'call' && typeof message.plugin !== 'string' ? undefined : message;
    } catch {
      return undefined;
    }
  }

  /** Whether a message is valid; if not, the process is ended. */
  #isSound(issuesOf: Validator | undefined, value: unknown): boolean {
    const [issue] = issuesOf?.(value) ?? [];
    if (issue === undefined) return true;
    const { pointer, problem, expected, got } = issue;
    const facts = [problem, expected === undefined ? undefined : `expected ${expected}`, `got ${got}`];
    const text = `${pointer || 'the whole'}: ${facts.filter((part) => part !== undefined).join(', ')}`;
    this.#end({ status: 'failed', reason: `it sent an invalid message: ${text.slice(0, OUTPUT_TAIL)}` });
    return false;
  }

  #foreign(): void {
    this.#end({
      status: 'failed',
      reason: "something other than the harness wrote to the worker's messages",
    });
  }

  #answered(): Asked | undefined {
    const asked = this.#asked;
    this.#asked = undefined;
    this.#supervisor.rest();
    return asked;
  }

  #end(ending: Ending): void {
    this.#ending ??= ending;
    this.kill();
  }

  #finish(): void {
    running.delete(this);
    this.#supervisor.stop();
    clearTimeout(this.#grace);
    const now = outOfMemoryKills();
    this.#ending ??= endingOf({
      code: this.#child.exitCode,
      signal: this.#child.signalCode,
      stderr: this.#stderr.tail(OUTPUT_TAIL),
      outOfMemoryKills: this.#kills === null || now === null ? null : now - this.#kills,
    });
    this.#answered()?.reject(new WorkerEnded(this.#ending, this.#plugin));
  }
}

function destroyPipes({ stdio }: ChildProcess): void {
  for (const stream of stdio ?? []) stream?.destroy();
}
