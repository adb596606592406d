// A suite of step timings: what goes to the process that measures it and what comes back. All JSON.

import type { Cost } from '@gaussmark/autodiff';
import type { Iteration } from '@gaussmark/core';
import type { Cell } from '@gaussmark/harness';

/** An optimizer's step that is timed. */
export interface TimedStep {
  /** Names the optimizer's problem and complete hyperparameters. */
  readonly cell: Cell;
  /** The optimizer as the user chose it: `sgn`, `sgd[momentum=0.9]`. */
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

/** When to stop: after so many rounds, or so many seconds of rounds. */
export type Effort = { readonly rounds: number } | { readonly seconds: number };

/**
 * What times are read from. `cpu`: processor time of the whole process, which does not run while others have the
 * processor; a duration only where a single thread works.
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

/** What a suite measured, before any statistics. Element r of all samples is from the same round. */
export interface Measurement {
  readonly engineInfo: Readonly<Record<string, string | number | boolean>>;
  readonly rounds: number;
  /** Wall-clock seconds of the rounds. */
  readonly seconds: number;
  /** Processor time of the measuring process, in seconds. */
  readonly cpuSeconds: number;
  readonly forward: MeasuredPart;
  readonly gradient: MeasuredPart;
  /** A program that does `few` or `many` Gauss-Newton products at one linearized point; `cost` is that of one product. */
  readonly products: {
    readonly cost: Cost;
    readonly few: MeasuredCount;
    readonly many: MeasuredCount;
  };
  readonly steps: readonly MeasuredStep[];
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

/** `cost` is that of the step as it went, all iterations of its loops included. */
export interface MeasuredStep extends MeasuredPart {
  readonly optimizer: string;
  readonly iteration?: Iteration;
  readonly innerIterations?: number;
  /** Of one iteration of the inner loop. */
  readonly iterationCost?: Cost;
  /** Reductions of the step size. */
  readonly lineSearchSteps?: number;
}

export interface MeasuredPeak {
  readonly products: readonly (MeasuredPart & {
    readonly name: string;
    /** Whether it occurs in the problem's gradient. */
    readonly own: boolean;
  })[];
  /** The sum of two arrays too large for any cache. */
  readonly sum: MeasuredPart;
  /** A call that computes next to nothing. */
  readonly call: Samples;
}
