// A cell: one problem, optimizer, engine and seed. Its types cross process boundaries: all are JSON.

import type { ReportRun, RunStatus } from '@gaussmark/analysis';
import type {
  Choice,
  Goals,
  Interval,
  LossName,
  PluginEntry,
  ProfileRun,
  ResolvedProblem,
  Task,
} from '@gaussmark/core';

/** The limits of a run; the first one reached ends it. At least one is set. */
export type Budget = Readonly<Pick<ProfileRun, 'epochs' | 'steps' | 'seconds' | 'gradientEquivalents'>>;

/** The goals of a run, to be met all at once. */
export interface Target {
  readonly goals: Goals;
  /** Whether reaching it ends the run. */
  readonly stop: boolean;
}

/** Examples held out of the training split, to judge a trial of a search without the test split. */
export interface ValidationSplit {
  readonly split: 'validation';
  /** Of the training split, between 0 and 1. */
  readonly share: number;
  /** Of the random choice of examples. */
  readonly seed: number;
}

export interface Cell {
  /** Unique within a plan: `boston/sgn[cgIterations=3]/onnxruntime/seed1`. */
  readonly id: string;
  readonly problem: CellProblem;
  readonly optimizer: Choice;
  /** The optimizer and what differs from its defaults: `sgn[cgIterations=3]`. */
  readonly label: string;
  readonly engine: Choice;
  /** `onnxruntime[threads=1]`. */
  readonly engineLabel: string;
  readonly seed: number;
  readonly budget: Budget;
  readonly target?: Target;
  /** The split it is evaluated on, by default the test split. With it, the test split stays unread. */
  readonly evaluateOn?: ValidationSplit;
  /** By default after every epoch. Every run is also evaluated at its end. */
  readonly evaluateEvery?: Interval;
  /** Wall-clock seconds and bytes of memory, if the user set them. */
  readonly limits?: { readonly timeout?: number; readonly memory?: number };
}

/** The plugins of a cell, out of those found. */
export function pluginsOf(
  { problem, optimizer, engine }: Cell,
  found: readonly PluginEntry[],
): PluginEntry[] {
  const names = { dataset: problem.dataset, model: problem.model, optimizer, engine };
  return found.filter(({ kind, name }) => names[kind].name === name);
}

/** A problem whose loss is known. */
export interface CellProblem extends Omit<ResolvedProblem, 'loss' | 'epochs' | 'targets'> {
  readonly loss: LossName;
}

/** Where plugins and data are: the arguments of discovery. */
export interface Locations {
  readonly cwd: string;
  readonly workspaceRoot?: string;
  /** `--plugin` paths. */
  readonly extra: readonly string[];
  readonly cacheDirectory: string;
  /** Plugins already discovered; with them, a cell does not search again. */
  readonly plugins?: readonly PluginEntry[];
}

/** An event of a running cell. */
export type CellEvent =
  | { readonly type: 'phase'; readonly phase: 'load' | 'compile' | 'train' }
  /** During training, at most a few times a second. `fraction` of the budget, from 0 to 1. */
  | { readonly type: 'progress'; readonly fraction: number; readonly iterations: number }
  | { readonly type: 'point'; readonly point: CurvePoint };

/** A point of a curve. A trial never sees the test split: its `testLoss` is null. */
export interface CurvePoint extends Readonly<ReportRun['curve'][number]> {
  /** Only in a trial; null if not finite. */
  readonly validationLoss?: number | null;
  readonly validationAccuracy?: number | null;
}

/** Facts about a problem, known once its data is loaded. */
export interface ProblemFacts {
  /** Training examples. */
  readonly trainSize: number;
  /** If the run is evaluated on it. */
  readonly testSize?: number;
  /** Only in a trial. */
  readonly validationSize?: number;
  readonly task: Task;
  readonly source: string;
  readonly license: string;
  readonly checksums: Readonly<Record<string, string>>;
  readonly parameterCount: number;
  readonly stepsPerEpoch: number;
}

/** The steps of a run that ended before it could report them, from its curve. */
export function stepsOf(curve: readonly CurvePoint[]): CellResult['steps'] {
  const { iterations = 0, seconds = 0 } = curve.at(-1) ?? {};
  return {
    count: iterations,
    secondsMedian: null,
    secondsTotal: seconds,
    secondsP10: null,
    secondsP90: null,
  };
}

/** How a cell ended, as reported by its process or by the supervisor (failed, timeout, out-of-memory). */
export interface CellResult
  extends Readonly<
    Pick<
      ReportRun,
      | 'reason'
      | 'warnings'
      | 'startHash'
      | 'engineInfo'
      | 'steps'
      | 'innerLoop'
      | 'savedModel'
      | 'seconds'
      | 'peakBytes'
      | 'output'
    >
  > {
  readonly status: Exclude<RunStatus, 'cancelled'>;
  readonly facts?: ProblemFacts;
  readonly curve: readonly CurvePoint[];
  /** Processor time of its process, in seconds. */
  readonly cpuSeconds?: number;
}
