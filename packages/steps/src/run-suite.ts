// Measures a suite in a worker process, with an allocator that keeps freed memory.

import type { Locations } from '@gaussmark/cell';
import type { Registry } from '@gaussmark/core';
import {
  AMOUNT,
  anyOf,
  COUNT,
  FLAG,
  knownPlugins,
  listOf,
  memoryLimit,
  objectOf,
  oneOf,
  runTask,
  SCALARS,
  type Schema,
  SIZE,
  TEXT,
  task,
} from '@gaussmark/worker';
import type { Measurement, Method, Suite, SuiteEvent } from './suite.js';
import type { MeasureTask } from './suite-task.js';

const SAMPLES: Schema<readonly number[]> = { ...listOf(AMOUNT), minItems: 1 };
const COST = objectOf({ flops: AMOUNT, bytes: AMOUNT });
const PART = objectOf({ cost: COST, samples: SAMPLES });
const PRODUCTS = objectOf({ count: COUNT, samples: SAMPLES });

const MEASUREMENT: Schema<Measurement> = objectOf({
  engineInfo: SCALARS,
  rounds: SIZE,
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
  untimed: listOf(objectOf({ optimizer: TEXT, reason: TEXT })),
  peak: objectOf({
    products: listOf(objectOf({ cost: COST, samples: SAMPLES, name: TEXT, own: FLAG })),
    sum: PART,
    call: SAMPLES,
  }),
});

// JSON has no Infinity: unknown times arrive as null.
const SECONDS_LEFT: Schema<number> = { type: ['number', 'null'] };

const EVENT: Schema<SuiteEvent> = anyOf(
  objectOf({ type: oneOf('phase'), phase: oneOf('load', 'compile', 'warm-up') }),
  objectOf({ type: oneOf('round'), done: COUNT, total: COUNT, secondsLeft: SECONDS_LEFT }),
);

const MEASURE = task<MeasureTask>(new URL('./suite-task.js', import.meta.url), 'measureTask', {
  result: MEASUREMENT,
  event: EVENT,
});

/** Most wall-clock seconds between two rounds or phases: more than any takes. */
const PATIENCE_SECONDS = 3600;

/** A suite that could not be measured; the message is the reason. */
export class SuiteFailure extends Error {}

export interface SuiteOptions {
  readonly method: Method;
  readonly registry: Registry;
  readonly locations: Locations;
  readonly onEvent: (event: SuiteEvent) => void;
  /** Ends the process on abort. */
  readonly signal: AbortSignal;
}

/**
 * Measures a suite in a child process.
 *
 * @throws SuiteFailure if it cannot be measured, or the process dies; the signal's reason on abort
 */
export async function runSuite(
  suite: Suite,
  { method, registry, locations, onEvent, signal }: SuiteOptions,
): Promise<Measurement> {
  const limits = { seconds: PATIENCE_SECONDS, bytes: memoryLimit() };
  const input = { suite, method, known: knownPlugins(registry), locations };
  try {
    return await runTask(MEASURE, input, { limits, patience: 'sign', maySpin: true, onEvent, signal });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw new SuiteFailure((error as Error).message);
  }
}
