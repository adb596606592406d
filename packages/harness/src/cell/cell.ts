// A cell: one problem, optimizer, engine and seed; what goes to the process that runs it and what comes back. All JSON.

import type { FloatDType } from '@gaussmark/autodiff';
import type {
  CgStopReason,
  JsonValue,
  LossName,
  PluginEntry,
  ProblemDefinition,
  TrainLossMean,
} from '@gaussmark/core';

/** A plugin chosen, with complete hyperparameters (defaults filled in, validated). */
export interface Choice {
  readonly name: string;
  readonly hyperparameters: Readonly<Record<string, JsonValue>>;
}

/** What ends a run; the first limit that is reached does. At least one is set. */
export interface Budget {
  readonly epochs?: number;
  readonly steps?: number;
  /** Seconds on the training clock. */
  readonly seconds?: number;
  /** Floating-point operations that are done over those of one gradient of the loss on one full mini-batch. */
  readonly gradientEquivalents?: number;
}

/** How often a run is evaluated: one of the two is set. */
export interface Interval {
  readonly steps?: number;
  readonly epochs?: number;
}

/** What a run is to reach; all goals at once count. */
export interface Target {
  readonly goals: Goals;
  /** Whether reaching it ends the run. */
  readonly stop: boolean;
}

/** Losses at most this, accuracy at least this, where the run is evaluated; in a trial, those of the validation split. */
export interface Goals {
  readonly trainLoss?: number;
  readonly testLoss?: number;
  /** Share of the test split classified correctly, 0 to 1. */
  readonly testAccuracy?: number;
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

export interface CellProblem extends Pick<ProblemDefinition, 'name' | 'title' | 'batchSize'> {
  /** What a problem of a file calls itself, if nothing of it was changed; its name is the file's path. */
  readonly definition?: string;
  readonly dataset: Choice;
  readonly model: Choice;
  readonly loss: LossName;
  readonly dtype: FloatDType;
  readonly trainLossMean: TrainLossMean;
}

/** How the process that runs cells finds plugins and data: the arguments of discovery. */
export interface Surroundings {
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

export interface CurvePoint {
  readonly epoch: number;
  readonly iterations: number;
  /** Training clock. */
  readonly seconds: number;
  /** Mean of the mini-batch losses before each update since the point before; null if not finite. */
  readonly trainLoss: number | null;
  /** null if not finite; also in a trial, which never sees the test split. */
  readonly testLoss: number | null;
  readonly testAccuracy?: number | null;
  /** Of a trial; null if not finite. */
  readonly validationLoss?: number | null;
  readonly validationAccuracy?: number | null;
  /** Work so far, as the programs have counted it. */
  readonly gradientEquivalents?: number;
  readonly metrics?: Readonly<Record<string, number | null>>;
}

/** What is known of a problem once its data is loaded. */
export interface ProblemFacts {
  /** Examples that it trained on. */
  readonly trainSize: number;
  /** Of a run that is evaluated on it. */
  readonly testSize?: number;
  /** Of a trial. */
  readonly validationSize?: number;
  readonly task: 'regression' | 'classification';
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
export interface CellResult {
  readonly status:
    | 'done'
    | 'target-reached'
    | 'budget'
    | 'diverged'
    | 'failed'
    | 'timeout'
    | 'out-of-memory'
    | 'skipped';
  readonly reason?: string;
  /** What speaks against taking the run at its word, a sentence each. */
  readonly warnings?: readonly string[];
  readonly facts?: ProblemFacts;
  /** Of the initial parameters; absent if the run did not get so far. */
  readonly startHash?: string;
  readonly engineInfo: Readonly<Record<string, string | number | boolean>>;
  readonly curve: readonly CurvePoint[];
  readonly steps: {
    readonly count: number;
    readonly secondsMedian: number | null;
    readonly secondsTotal: number;
    readonly secondsP10: number | null;
    readonly secondsP90: number | null;
  };
  readonly cg?: {
    /** Mean per step. */
    readonly iterations: number;
    readonly iterationsTotal: number;
    /** Steps by why their CG ended, for an optimizer that says so by the metric `cgStopReason`. */
    readonly stops?: Readonly<Partial<Record<CgStopReason, number>>>;
    /** Measured after training on hosted steps; null if there were none. */
    readonly secondsPerIteration: number | null;
  };
  readonly seconds: {
    readonly load: number;
    readonly compile: number;
    readonly train: number;
    readonly evaluate: number;
    readonly total: number;
    /** Of load and compile: JavaScript of the optimizer, its import, its creation and the writing down of its programs. */
    readonly optimizer?: number;
  };
  /** The most memory that its processes took, in bytes. */
  readonly peakBytes?: number;
  /** Processor time of its process, in seconds. */
  readonly cpuSeconds?: number;
  /** What its process printed: the beginning and the end. */
  readonly output?: string;
}
