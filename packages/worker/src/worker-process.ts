// A worker process: runs plugin code for a command, one task after the other, within limits.
//
// Nothing a plugin does reaches the command. Messages carry a token and are validated; printed output is bounded; memory, time
// and endless loops are supervised; the process ends with all its descendants, and never outlives the command (watchdog.ts).
// The command imports no plugin, and accepts nothing from one but validated data.

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { defined, formatIssue, type Validator, validator } from '@gaussmark/core';
import { readLines } from './bounded-lines.js';
import { BoundedOutput } from './bounded-output.js';
import { ALLOCATOR, MARK, NO_TELEMETRY, OWN_GROUP } from './child-environment.js';
import { type Ending, endingOf } from './ending.js';
import { heapMebibytes, type Limits, spinLimit } from './limits.js';
import { outOfMemoryKills, ProcessTree } from './process-tree.js';
import {
  CHANNELS,
  type FromWorker,
  type Hello,
  LONGEST_MESSAGE,
  type TaskName,
  type ToWorker,
} from './protocol.js';
import { deserializeError, SERIALIZED_ERROR } from './serialized-error.js';
import { type Patience, Supervisor } from './supervisor.js';
import type { Task, TaskTypes } from './task.js';

const ENTRY = fileURLToPath(new URL('./worker.js', import.meta.url));
/** Time for a process to exit once it has nothing left to do. */
const GRACE_MS = 5000;
/** Time for a dead worker's pipes to close if another process holds them open. */
const DRAIN_MS = 500;
/** Characters of output quoted in the reason of a crash. */
const OUTPUT_TAIL = 2000;

/** The running workers: they do not outlive this process. */
const running = new Set<WorkerProcess>();
process.on('exit', () => {
  for (const worker of running) worker.kill();
});

export interface WorkerOptions {
  readonly limits: Limits;
  /** What the time limit applies to; by default to each task. */
  readonly patience?: Patience;
  /**
   * Whether JavaScript may run without returning to the event loop, as an unobserved engine that computes in it does; `within limit`:
   * until shortly before the time limit, so that a hanging line can be named.
   */
  readonly maySpin?: boolean | 'within limit';
  /** The first task: its module is loaded at once. */
  readonly prepare?: TaskName;
  /** The working directory; by default the command's. */
  readonly cwd?: string;
  /** The worker's module: by default this package's, else that of another checkout. */
  readonly entry?: string;
}

export interface AskOptions<T extends TaskTypes> {
  readonly onEvent?: (event: T['event']) => void;
  /** Aborting it ends the process. */
  readonly signal?: AbortSignal | undefined;
  /** Whether aborting cancels the task in an orderly way; the process ends only if it does not react. */
  readonly cancels?: boolean;
  /** Validators that depend on the input; by default those of the task. */
  readonly result?: Validator;
  readonly event?: Validator;
}

/** The worker ended before it answered, or sent an invalid message. */
export class WorkerEnded extends Error {
  override readonly name = 'WorkerEnded';

  constructor(
    readonly ending: Ending,
    /** The plugin called last: `optimizer 'sgn'`. */
    readonly plugin: string | undefined,
  ) {
    super(ending.reason);
  }
}

interface Request {
  readonly result: Validator;
  readonly event: Validator;
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
  #request: Request | undefined;
  #ending: Ending | undefined;
  #plugin: string | undefined;
  #grace: NodeJS.Timeout | undefined;
  /** Resolves when the process and its pipes are closed. */
  readonly closed: Promise<void>;

  constructor({ limits, patience = 'task', maySpin = false, prepare, cwd, entry = ENTRY }: WorkerOptions) {
    const spins = maySpin === true ? null : spinLimit(limits, maySpin === 'within limit');
    this.#patience = patience;
    const mark = randomBytes(12).toString('hex');
    const child = spawn(process.execPath, [`--max-old-space-size=${heapMebibytes(limits)}`, entry], {
      cwd,
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
        onTooLong: () => this.#endAsForeign(),
      });
    }
    // The exit reports a process that ended before reading.
    this.#requests?.on('error', () => {});
    this.#write({
      token: this.#token,
      parent: process.pid,
      spinLimit: spins,
      ...defined({ prepare: prepare && nameOf(prepare) }),
    });
    this.closed = new Promise<void>((resolve) => {
      child.once('error', ({ message }) => {
        this.#ending ??= { status: 'failed', reason: `the process could not be started: ${message}` };
        // Without a process, nothing will close.
        if (child.pid === undefined) resolve();
      });
      child.once('exit', () => {
        // Its descendants may hold its pipes open, and 'close' waits for those.
        this.kill();
        setTimeout(() => destroyPipes(child), DRAIN_MS).unref();
      });
      child.once('close', () => resolve());
    }).then(() => this.#finish());
  }

  /** What it has printed; undefined if nothing. */
  get output(): string | undefined {
    return this.#output.text;
  }

  /** The highest memory use seen, in bytes. */
  get peakBytes(): number {
    return this.#supervisor.peakBytes;
  }

  get hasEnded(): boolean {
    return this.#ending !== undefined || this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /**
   * Runs a task; one at a time.
   *
   * @throws WorkerEnded if the process ends first, or breaks a limit or the protocol; the signal's reason if it aborts; else the
   *   error of the task
   */
  async ask<T extends TaskTypes>(
    task: Task<T>,
    input: T['input'],
    {
      result = task.result,
      event = task.event,
      onEvent = () => {},
      signal,
      cancels = false,
    }: AskOptions<T> = {},
  ): Promise<T['result']> {
    signal?.throwIfAborted();
    if (this.#request !== undefined) throw new Error('internal: a worker runs one task at a time');
    if (this.#ending !== undefined) throw new WorkerEnded(this.#ending, this.#plugin);
    const abort = () => (cancels ? this.#cancel() : this.kill());
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await new Promise<T['result']>((resolve, reject) => {
        this.#request = { result, event, onEvent: onEvent as Request['onEvent'], resolve, reject };
        this.#supervisor.restart();
        this.#write({ type: 'do', task: nameOf(task), input });
      });
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  #cancel(): void {
    this.#write({ type: 'cancel' });
    this.#grace ??= setTimeout(() => this.kill(), GRACE_MS);
  }

  /** Lets it exit; resolves when it has. */
  async end(): Promise<void> {
    // Sees its descendants while it is alive: detached ones leave the tree when it exits.
    this.#tree?.residentBytes();
    this.#requests?.end();
    this.#supervisor.stop();
    this.#grace ??= setTimeout(() => this.kill(), GRACE_MS);
    await this.closed;
  }

  /** Kills it and its descendants. */
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
      this.#endAsForeign();
      return;
    }
    if (this.#patience === 'sign') this.#supervisor.restart();
    const request = this.#request;
    switch (message.type) {
      case 'call':
        this.#plugin = message.plugin;
        break;
      case 'event':
        if (request !== undefined && this.#demandValid(request.event, message.event))
          request.onEvent(message.event);
        break;
      case 'result':
        if (request !== undefined && this.#demandValid(request.result, message.result))
          this.#answered()?.resolve(message.result);
        break;
      case 'error':
        if (errorIssues(message.error).length > 0) this.#endAsForeign();
        else this.#answered()?.reject(deserializeError(message.error));
        break;
      default:
        message satisfies never;
        this.#endAsForeign();
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

  /** Ends the process if a value is invalid. */
  #demandValid(issuesOf: Validator, value: unknown): boolean {
    const [issue] = issuesOf(value);
    if (issue === undefined) return true;
    const reason = `it sent an invalid message: ${formatIssue(issue).slice(0, OUTPUT_TAIL)}`;
    this.#end({ status: 'failed', reason });
    return false;
  }

  #endAsForeign(): void {
    this.#end({
      status: 'failed',
      reason: "something other than the harness wrote to the worker's messages",
    });
  }

  #answered(): Request | undefined {
    const request = this.#request;
    this.#request = undefined;
    this.#supervisor.rest();
    return request;
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

const nameOf = ({ module, name }: TaskName): TaskName => ({ module, name });

function destroyPipes({ stdio }: ChildProcess): void {
  for (const stream of stdio ?? []) stream?.destroy();
}

/**
 * Runs a task in a process of its own.
 *
 * @throws as {@link WorkerProcess.ask}
 */
export async function runTask<T extends TaskTypes>(
  task: Task<T>,
  input: T['input'],
  options: WorkerOptions & AskOptions<T>,
): Promise<T['result']> {
  options.signal?.throwIfAborted();
  const worker = new WorkerProcess({ ...options, prepare: task });
  try {
    return await worker.ask(task, input, options);
  } finally {
    await worker.end();
  }
}
