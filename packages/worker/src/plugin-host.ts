// The worker that answers a command's questions about plugins. If it ends, the next question starts another.

import { GaussmarkError } from '@gaussmark/core';
import type { Ending } from './ending.js';
import { BASE_SECONDS, type Limits, memoryLimit } from './limits.js';
import type { Task, TaskTypes } from './task.js';
import { type AskOptions, WorkerEnded, WorkerProcess } from './worker-process.js';

export interface PluginHostOptions {
  /** The subject of its errors: `planning` failed. */
  readonly purpose: string;
  /** The first task. */
  readonly prepare: Task<TaskTypes>;
  /** Seconds without an answer from a plugin, and bytes, if the user set them. */
  readonly limits?:
    | { readonly timeout?: number | undefined; readonly memory?: number | undefined }
    | undefined;
}

export class PluginHost {
  readonly #limits: Limits;
  #worker: WorkerProcess | undefined;
  #output = '';

  /** Its process starts at once, while the command gets ready. */
  constructor(private readonly options: PluginHostOptions) {
    const { timeout = BASE_SECONDS, memory = memoryLimit() } = options.limits ?? {};
    this.#limits = { seconds: timeout, bytes: memory };
    this.#worker = this.#start();
  }

  #start(): WorkerProcess {
    return new WorkerProcess({ limits: this.#limits, patience: 'sign', prepare: this.options.prepare });
  }

  /**
   * @throws GaussmarkError: the task's own, or, if the worker ended, one that names the plugin called last; WorkerError for any
   *   other error of the task; the signal's reason if it aborts
   */
  async ask<T extends TaskTypes>(
    task: Task<T>,
    input: T['input'],
    options: AskOptions<T> = {},
  ): Promise<T['result']> {
    if (this.#worker === undefined || this.#worker.hasEnded) {
      this.#keepOutput();
      this.#worker = this.#start();
    }
    try {
      return await this.#worker.ask(task, input, { ...options, cancels: true });
    } catch (error) {
      throw error instanceof WorkerEnded ? this.#failure(error) : error;
    }
  }

  /** What plugins have printed. */
  get output(): string {
    return this.#output + (this.#worker?.output ?? '');
  }

  /** Ends the worker; resolves when it is gone and its output complete. */
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
      plugin: `${plugin}, called last`,
      remedy: REMEDIES[ending.status],
    });
  }
}

const REMEDIES: Readonly<Record<Ending['status'], string>> = {
  failed: 'fix the plugin, or leave it out',
  timeout: 'fix it, or give it more time with --timeout',
  'out-of-memory': 'choose something smaller, or give it more memory with --memory',
};
