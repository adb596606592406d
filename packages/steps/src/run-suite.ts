// Measuring a suite in a process of its own, with an allocator that keeps what it has.

import { type Registry, validator } from '@gaussmark/core';
import type { Locations } from '@gaussmark/harness';
import {
  AMOUNT,
  COUNT,
  knownPlugins,
  listOf,
  memoryLimit,
  objectOf,
  SCALARS,
  TEXT,
  task,
  WorkerProcess,
} from '@gaussmark/worker';
import type { Measurement, Method, Suite, SuiteEvent } from './suite.js';
import type { MeasureTask } from './suite-task.js';

const MEASURE = task<MeasureTask>(new URL('./suite-task.js', import.meta.url), 'measureTask');

/** Wall-clock seconds between two rounds of a suite, or two phases: more than any takes. */
const PATIENCE_SECONDS = 3600;

/** A suite that could not be measured; the message says why. */
export class SuiteFailure extends Error {}

export interface SuiteOptions {
  readonly method: Method;
  readonly registry: Registry;
  readonly locations: Locations;
  readonly onEvent: (event: SuiteEvent) => void;
  /** Ends the process when it aborts. */
  readonly signal: AbortSignal;
}

/**
 * Measures a suite in a child process.
 *
 * @throws SuiteFailure if it cannot be measured, whatever became of the process; the signal's reason if it aborts
 */
export async function runSuite(
  suite: Suite,
  { method, registry, locations, onEvent, signal }: SuiteOptions,
): Promise<Measurement> {
  signal.throwIfAborted();
  const limits = { seconds: PATIENCE_SECONDS, bytes: memoryLimit() };
  const worker = new WorkerProcess({ limits, patience: 'sign', maySpin: true, prepare: MEASURE });
  const kill = () => worker.kill();
  signal.addEventListener('abort', kill, { once: true });
  try {
    const input = { suite, method, known: knownPlugins(registry), locations };
    return await worker.ask(MEASURE, input, { result: measurementIssues, event: eventIssues, onEvent });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw new SuiteFailure((error as Error).message);
  } finally {
    signal.removeEventListener('abort', kill);
    await worker.end();
  }
}

const SAMPLES = { ...listOf(AMOUNT), minItems: 1 } as const;
const COST = objectOf({ flops: AMOUNT, bytes: AMOUNT });
const PART = objectOf({ cost: COST, samples: SAMPLES });
const PRODUCTS = objectOf({ count: COUNT, samples: SAMPLES });

const measurementIssues = validator(
  objectOf({
    engineInfo: SCALARS,
    rounds: { type: 'integer', minimum: 1 },
    seconds: AMOUNT,
    cpuSeconds: AMOUNT,
    forward: PART,
    gradient: PART,
    products: objectOf({ cost: COST, few: PRODUCTS, many: PRODUCTS }),
    steps: listOf(
      objectOf(
        { cost: COST, samples: SAMPLES, optimizer: TEXT },
        {
          iteration: objectOf({ one: TEXT, many: TEXT }),
          innerIterations: COUNT,
          iterationCost: COST,
          lineSearchSteps: AMOUNT,
        },
      ),
    ),
    peak: objectOf({
      products: listOf(objectOf({ cost: COST, samples: SAMPLES, name: TEXT, own: { type: 'boolean' } })),
      sum: PART,
      call: SAMPLES,
    }),
  }),
);

const eventIssues = validator({
  anyOf: [
    objectOf({ type: { const: 'phase' }, phase: { enum: ['load', 'compile', 'warm-up'] } }),
    objectOf({
      type: { const: 'round' },
      done: COUNT,
      total: COUNT,
      secondsLeft: { type: ['number', 'null'] },
    }),
  ],
});
