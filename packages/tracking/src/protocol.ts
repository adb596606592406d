// What a measuring process of a checkout is asked, and what it answers. All JSON; a line between versions of gaussmark.

import type { CoverageSubject, Covered } from './exercise/cover.js';
import type { TrackingRequest } from './plan-tracking.js';
import type { Measure, Snapshot } from './snapshot.js';

/** Two checkouts are compared only if both speak the same. Bumped with every change that is not an addition. */
export const PROTOCOL = 1;

/** Something that is timed in turns. */
export interface TimedSubject extends Pick<Measure, 'id' | 'problem' | 'optimizer' | 'quantity'> {}

/** What one turn took: seconds of one call. */
export interface Turn {
  /** Median of the calls, by the wall clock. */
  readonly wall: number;
  /** Mean of the calls, in processor time of the whole process. */
  readonly cpu: number;
}

export interface PlannedSuite extends Pick<Snapshot['suite'], 'cells' | 'skipped'> {
  /** What is covered beside the cells, to be asked for one by one; absent if nothing is, or the checkout is too old to. */
  readonly coverage?: readonly CoverageSubject[];
  /** What the engine of the first cell says of itself. */
  readonly engineInfo: Readonly<Record<string, string | number | boolean>>;
}

export interface Questions {
  /** First of all: what is there to measure? */
  readonly plan: {
    readonly ask: { readonly request: TrackingRequest; readonly plugins: readonly string[] };
    readonly answer: PlannedSuite;
  };
  /** The hard measures of the cell with this index. */
  readonly observe: { readonly ask: { readonly cell: number }; readonly answer: readonly Measure[] };
  /** The settings of a plugin that the plan names. */
  readonly cover: { readonly ask: { readonly subject: number }; readonly answer: Covered };
  /** Compiles what is timed, or of that what is called so. */
  readonly prepare: {
    readonly ask: { readonly only?: readonly string[] };
    readonly answer: readonly TimedSubject[];
  };
  /** One turn of a subject: a call to warm up, then calls for so many milliseconds, at least one. */
  readonly turn: {
    readonly ask: { readonly subject: string; readonly milliseconds: number };
    readonly answer: Turn;
  };
}

export type QuestionName = keyof Questions;

export type ToMeasurer = {
  [K in QuestionName]: { readonly type: K } & Questions[K]['ask'];
}[QuestionName];

/** Wrong input (the user's to mend) is told from what broke. */
export type FromMeasurer =
  | { readonly type: 'hello'; readonly protocol: number }
  | { readonly type: 'answer'; readonly answer: Questions[QuestionName]['answer'] }
  | { readonly type: 'error'; readonly reason: string; readonly wrongInput: boolean };
