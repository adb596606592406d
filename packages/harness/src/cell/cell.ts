// A cell: one problem, optimizer, engine and seed; what goes to the process that runs it and what comes back. All JSON.

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

/** What ends a run; the first limit that is reached does. At least one is set. */
export type Budget = Readonly<Pick<ProfileRun, 'epochs' | 'steps' | 'seconds' | 'gradientEquivalents'>>;

/** What a run is to reach; all goals at once count. */
export interface Target {
  readonly goals: Goals;
  /** Whether reaching it ends the run. */
  readonly stop: boolean;
}

/** Examples taken out of the training split, which a trial of a search is judged on instead of the test split. */
export interface ValidationSplit {
  readonly split: 'validation';
  /** Of the training split, between 0 and 1. */
  readonly share: number;
  /** Of the choice of the examples. */
  readonly seed: number;
}

export interface Cell {
  /** Unique within a plan, readable: `boston/sgn[cgIterations=3]/onnxruntime/seed1`. */
  readonly id: string;
  readonly problem: CellProblem;
  readonly optimizer: Choice;
  /** `sgn[cgIterations=3]`: what differs from the defaults. */
  readonly label: string;
  readonly engine: Choice;
  /** `onnxruntime[threads=1]`. */
  readonly engineLabel: string;
  readonly seed: number;
  readonly budget: Budget;
  readonly target?: Target;
  /** What it is evaluated on; the test split if absent. With it, the test split is not looked at. */
  readonly evaluateOn?: ValidationSplit;
  /** After every epoch if absent. Every run is evaluated at its end, too. */
  readonly evaluateEvery?: Interval;
  /** Wall-clock seconds and bytes of memory, where the user set them. */
  readonly limits?: { readonly timeout?: number; readonly memory?: number };
}

/** The plugins that a cell is made of, of those that were found. */
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

/** How the process that runs cells finds plugins and data: the arguments of discovery. */
export interface Locations {
  readonly cwd: string;
  readonly workspaceRoot?: string;
  /** `--plugin` paths. */
  readonly extra: readonly string[];
  readonly cacheDirectory: string;
  /** The plugins that were found so already; a cell that is given them does not look again. */
  readonly plugins?: readonly PluginEntry[];
}

/** What a running cell tells. */
export type CellEvent =
  | { readonly type: 'phase'; readonly phase: 'load' | 'compile' | 'train' }
  /** During training, at most a few times a second. `fraction` of the budget, 0 to 1. */
  | { readonly type: 'progress'; readonly fraction: number; readonly iterations: number }
  | { readonly type: 'point'; readonly point: CurvePoint };

/** A point of a report's curve. In a trial, which never sees the test split, `testLoss` is null. */
export interface CurvePoint extends Readonly<ReportRun['curve'][number]> {
  /** Of a trial; null if not finite. */
  readonly validationLoss?: number | null;
  readonly validationAccuracy?: number | null;
}

/** What is known of a problem once its data is loaded. */
export interface ProblemFacts {
  /** Examples that it trained on. */
  readonly trainSize: number;
  /** Of a run that is evaluated on it. */
  readonly testSize?: number;
  /** Of a trial. */
  readonly validationSize?: number;
  readonly task: Task;
  readonly source: string;
  readonly license: string;
  readonly checksums: Readonly<Record<string, string>>;
  readonly parameterCount: number;
  readonly stepsPerEpoch: number;
}

/** The steps of a run that could not tell them itself, by its curve so far. */
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

/** How a cell ended: told by its process, or by the one that watched over it (failed, timeout, out-of-memory). */
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
