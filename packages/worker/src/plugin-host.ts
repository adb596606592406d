// The worker of a command: what the command wants of plugins, it asks here. One that ends is replaced for the next question.

import { GaussmarkError } from '@gaussmark/core';
import type { Ending } from './ending.js';
import { BASE_SECONDS, type Limits, memoryLimit } from './limits.js';
import type { Task, TaskTypes } from './task.js';
import { type AskOptions, WorkerEnded, WorkerProcess } from './worker-process.js';

export interface PluginHostOptions {
  /** What it is for, as in `planning`: the subject of what is said when it fails. */
  readonly purpose: string;
  /** What it will be asked first. */
  readonly prepare: Task<TaskTypes>;
  /** Seconds that a plugin may take for an answer, and bytes; where the user said so. */
  readonly limits?:
    | { readonly timeout?: number | undefined; readonly memory?: number | undefined }
    | undefined;
}

export class PluginHost {
  readonly #limits: Limits;
  #worker: WorkerProcess | undefined;
  #output = '';

  /** Its process starts at once, and is ready when the command is. */
  constructor(private readonly options: PluginHostOptions) {
    const { timeout = BASE_SECONDS, memory = memoryLimit() } = options.limits ?? {};
    this.#limits = { seconds: timeout, bytes: memory };
    this.#worker = this.#start();
  }

  #start(): WorkerProcess {
    return new WorkerProcess({ limits: this.#limits, patience: 'sign', prepare: this.options.prepare });
  }

  /**
   * @throws GaussmarkError: the one that the task throws, or one that names the plugin that was called last, if the worker
   *   ended; WorkerError for any other error of the task; the signal's reason if it aborts
   */
  async ask<T extends TaskTypes>(
    task: Task<T>,
    input: T['input'],
    { signal, ...options }: AskOptions<T> & { readonly signal?: AbortSignal },
  ): Promise<T['result']> {
    signal?.throwIfAborted();
    if (this.#worker === undefined || this.#worker.hasEnded) {
      this.#keepOutput();
      this.#worker = this.#start();
    }
    const worker = this.#worker;
    const cancel = () => worker.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await worker.ask(task, input, options);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (!(error instanceof WorkerEnded)) throw error;
      throw this.#failure(error);
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** What plugins printed so far, with the newest worker's at the end. */
  get output(): string {
    return this.#output + (this.#worker?.output ?? '');
  }

  /** Ends the worker; resolves when it is gone, and its output complete. */
  async stop(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    worker.kill();
    await worker.closed;
    this.#keepOutput();
  }

  #keepOutput(): void {
    this.#output += this.#worker?.output ?? '';
    this.#worker = undefined;
  }

  #failure({ ending, plugin }: WorkerEnded): GaussmarkError {
    const summary = `${this.options.purpose} failed: ${ending.reason}`;
    if (plugin === undefined) return new GaussmarkError(summary);
    return new GaussmarkError(summary, {
      plugin: `${plugin}, the last one that was called`,
      remedy: REMEDIES[ending.status],
    });
  }
}

const REMEDIES: Readonly<Record<Ending['status'], string>> = {
  failed: 'fix the plugin, or leave it out',
  timeout: 'fix it, or give it more time with --timeout',
  'out-of-memory': 'choose something smaller, or give it more memory with --memory',
};
