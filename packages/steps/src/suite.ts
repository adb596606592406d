// A suite of step timings: the input and result of the process that measures it. All JSON.

import type { Cost } from '@gaussmark/autodiff';
import type { Cell } from '@gaussmark/cell';
import type { Iteration } from '@gaussmark/core';

/** An optimizer's step to time. */
export interface TimedStep {
  /** The problem and the complete hyperparameters. */
  readonly cell: Cell;
  /** The optimizer as selected: `sgn`, `sgd[momentum=0.9]`. */
  readonly optimizer: string;
  /** n, of an optimizer with an inner loop. */
  readonly innerIterations?: number;
}

/** One problem, engine and batch size. */
export interface Suite {
  readonly problem: Cell['problem'];
  readonly engine: Cell['engine'];
  readonly engineLabel: string;
  /** The first without an inner loop is the baseline. */
  readonly steps: readonly TimedStep[];
}

/** When to stop: after a number of rounds, or of seconds. */
export type Effort = { readonly rounds: number } | { readonly seconds: number };

/**
 * The clock of timings. `cpu`: processor time of the process, which excludes waiting for others; a duration only with a single
 * thread.
 */
export type Clock = 'wall' | 'cpu';

/** How a suite is measured. */
export interface Method {
  readonly effort: Effort;
  readonly clock: Clock;
}

export type SuitePhase = 'load' | 'compile' | 'warm-up';

export type SuiteEvent =
  | { readonly type: 'phase'; readonly phase: SuitePhase }
  | { readonly type: 'round'; readonly done: number; readonly total: number; readonly secondsLeft: number };

/** Seconds by round. */
export type Samples = readonly number[];

/** The raw measurement of a suite. Element r of all samples belongs to round r. */
export interface Measurement {
  readonly engineInfo: Readonly<Record<string, string | number | boolean>>;
  readonly rounds: number;
  /** Wall-clock seconds of the rounds. */
  readonly seconds: number;
  /** Processor time of the measuring process, in seconds. */
  readonly cpuSeconds: number;
  readonly forward: MeasuredPart;
  readonly gradient: MeasuredPart;
  /** Programs with `few` and `many` Gauss-Newton products at one linearized point; `cost` is that of one product. */
  readonly products: {
    readonly cost: Cost;
    readonly few: MeasuredCount;
    readonly many: MeasuredCount;
  };
  readonly steps: readonly MeasuredStep[];
  readonly untimed: readonly UntimedStep[];
  readonly peak: MeasuredPeak;
}

export interface MeasuredPart {
  readonly cost: Cost;
  readonly samples: Samples;
}

export interface MeasuredCount {
  readonly count: number;
  readonly samples: Samples;
}

/** `cost` includes all iterations of the step's loops. */
export interface MeasuredStep extends MeasuredPart {
  readonly optimizer: string;
  readonly iteration?: Iteration;
  readonly innerIterations?: number;
  /** Of one iteration of the inner loop. */
  readonly iterationCost?: Cost;
  /** Reductions of the step size. */
  readonly lineSearchSteps?: number;
}

/** A step that could not be timed. */
export interface UntimedStep {
  /** With its hyperparameters. */
  readonly optimizer: string;
  readonly reason: string;
}

export interface MeasuredPeak {
  readonly products: readonly (MeasuredPart & {
    readonly name: string;
    /** Whether the problem's gradient contains it. */
    readonly own: boolean;
  })[];
  /** The sum of two arrays too large for any cache. */
  readonly sum: MeasuredPart;
  /** A call that computes almost nothing. */
  readonly call: Samples;
}
