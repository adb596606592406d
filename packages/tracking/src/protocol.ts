// What a measuring process is asked. It may run another revision of gaussmark, so both must speak the same protocol.

import { createRequire } from 'node:module';
import type { JsonValue } from '@gaussmark/core';
import {
  AMOUNT,
  listOf,
  objectOf,
  oneOf,
  SCALARS,
  type Schema,
  SIZE,
  type Static,
  type Task,
  TEXT,
  task,
} from '@gaussmark/worker';
import { COVERED_KINDS, type CoveredHyperparameter, CoveredHyperparameterSchema } from './coverage-report.js';
import type { TrackingRequest } from './plan-tracking.js';
import { type Measure, MeasureSchema } from './snapshot.js';

/** The field of this package's package.json that holds the version of the protocol, the worker's messages included. */
export const PROTOCOL_FIELD = 'measuringProtocol';

export const PROTOCOL = (createRequire(import.meta.url)('../package.json') as Record<string, unknown>)[
  PROTOCOL_FIELD
];

const PLAN = objectOf({
  cells: listOf(
    objectOf({
      problem: TEXT,
      optimizer: TEXT,
      engine: TEXT,
      steps: SIZE,
      settings: { type: 'object' } as Schema<Record<string, JsonValue>>,
    }),
  ),
  skipped: listOf(objectOf({ problem: TEXT, reason: TEXT })),
  /** What is covered besides the cells, one question each. */
  coverage: listOf(objectOf({ kind: oneOf(...COVERED_KINDS), name: TEXT })),
  /** The first cell's engine. */
  engineInfo: SCALARS,
});
export type MeasuringPlan = Static<typeof PLAN>;

const MEASURES = listOf(MeasureSchema as unknown as Schema<Measure>);
const COVERED = objectOf({
  measures: MEASURES,
  coverage: listOf(CoveredHyperparameterSchema as unknown as Schema<CoveredHyperparameter>),
});

/** Something timed in turns; names as in a measure. */
const SUBJECT = objectOf({
  id: TEXT,
  problem: TEXT,
  optimizer: { type: ['string', 'null'] } as Schema<string | null>,
  quantity: TEXT,
});
export type TimedSubject = Static<typeof SUBJECT>;

/** Seconds per call in one turn. */
const TURN = objectOf({
  /** Median of the calls, by the wall clock. */
  wall: AMOUNT,
  /** Mean of the calls, in processor time of the whole process. */
  cpu: AMOUNT,
});
export type Turn = Static<typeof TURN>;

interface Question<I, R> {
  readonly input: I;
  readonly event: never;
  readonly result: R;
}

export interface Questions {
  /** First of all: what is there to measure? */
  readonly plan: Question<
    { readonly request: TrackingRequest; readonly plugins: readonly string[] },
    MeasuringPlan
  >;
  /** The hard measures of a cell, by index. */
  readonly observe: Question<{ readonly cell: number }, readonly Measure[]>;
  /** Varies the settings of a plugin, by its index in the plan. */
  readonly cover: Question<{ readonly subject: number }, Static<typeof COVERED>>;
  /** Compiles what is timed, or only some of it, by id. */
  readonly prepare: Question<{ readonly only?: readonly string[] }, readonly TimedSubject[]>;
  /** One turn of a subject: a warm-up call, then calls for that long, at least one. */
  readonly turn: Question<{ readonly subject: string; readonly milliseconds: number }, Turn>;
}

/** The tasks of a checkout, given its module. */
export const questionsOf = (tasks: URL): { readonly [K in keyof Questions]: Task<Questions[K]> } => ({
  plan: task(tasks, 'plan', { result: PLAN }),
  observe: task(tasks, 'observe', { result: MEASURES }),
  cover: task(tasks, 'cover', { result: COVERED }),
  prepare: task(tasks, 'prepare', { result: listOf(SUBJECT) }),
  turn: task(tasks, 'turn', { result: TURN }),
});
