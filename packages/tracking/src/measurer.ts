// A measuring process of a checkout.

import { pathToFileURL } from 'node:url';
import { GaussmarkError } from '@gaussmark/core';
import { memoryLimit, WorkerEnded, WorkerProcess } from '@gaussmark/worker';
import type { Checkout } from './checkout.js';
import { type Questions, questionsOf } from './protocol.js';

/** Wall-clock seconds without a call of a plugin or an answer: more than any measurement takes. */
const PATIENCE_SECONDS = 3600;

/** A measuring process that cannot measure; the message says why. */
export class MeasurerFailure extends Error {}

export class Measurer {
  readonly #worker: WorkerProcess;
  readonly #questions: ReturnType<typeof questionsOf>;

  /** Starts the process. */
  constructor(private readonly checkout: Checkout) {
    const { entry, directory: cwd } = checkout;
    this.#questions = questionsOf(new URL('./measure-tasks.js', pathToFileURL(entry)));
    const limits = { seconds: PATIENCE_SECONDS, bytes: memoryLimit() };
    const prepare = this.#questions.plan;
    this.#worker = new WorkerProcess({ limits, patience: 'sign', maySpin: true, prepare, cwd, entry });
  }

  /**
   * Asks one question; the next may follow its answer.
   *
   * @throws GaussmarkError if the request is wrong
   * @throws MeasurerFailure if it cannot be measured
   */
  async ask<K extends keyof Questions>(
    name: K,
    input: Questions[K]['input'],
  ): Promise<Questions[K]['result']> {
    try {
      return await this.#worker.ask(this.#questions[name], input);
    } catch (error) {
      throw this.#named(error as Error);
    }
  }

  #named(error: Error): Error {
    const { name } = this.checkout;
    if (error instanceof WorkerEnded) {
      const last = error.plugin === undefined ? '' : `; ${error.plugin} was called last`;
      return new MeasurerFailure(`the measuring process of ${name} failed: ${error.message}${last}`);
    }
    if (!(error instanceof GaussmarkError)) return new MeasurerFailure(`${name}: ${error.message}`);
    return name === '.' ? error : new GaussmarkError(`${name}: ${error.summary}`, error);
  }

  /** Ends the process. */
  stop(): void {
    this.#worker.kill();
  }
}
