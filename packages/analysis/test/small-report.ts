// Small reports whose numbers can be checked by hand.

import type { Report, ReportRun } from '../src/schema/report-schema.js';
import { CG, fixture } from './fixture.js';

export interface SmallRun {
  readonly label: string;
  readonly seed?: number;
  readonly status?: ReportRun['status'];
  readonly reason?: string;
  /** [trainLoss, testLoss] of epochs 1, 2, ... with 10 steps each. */
  readonly losses?: readonly (readonly [number | null, number | null])[];
  readonly secondsPerStep?: number;
  readonly innerIterations?: number;
  readonly engine?: string;
  readonly hyperparameters?: ReportRun['hyperparameters'];
}

export function smallRun(run: SmallRun, problem = 'boston'): ReportRun {
  const {
    label,
    seed = 1,
    losses = [[1, 1]],
    secondsPerStep = 0.001,
    innerIterations,
    engine = 'onnxruntime',
  } = run;
  return {
    id: `${problem} ${label} ${engine} ${JSON.stringify(run.hyperparameters ?? null)} ${seed}`,
    problem,
    model: 'mlp',
    dataset: 'boston',
    optimizer: label.replace(/\[.*/, ''),
    hyperparameters: run.hyperparameters ?? chosenIn(label),
    label,
    engine,
    engineInfo: {},
    dtype: 'float32',
    seed,
    status: run.status ?? 'done',
    ...(run.reason !== undefined && { reason: run.reason }),
    curve: losses.map(([trainLoss, testLoss], index) => ({
      epoch: index + 1,
      iterations: 10 * (index + 1),
      seconds: 10 * (index + 1) * secondsPerStep,
      trainLoss,
      testLoss,
    })),
    steps: { count: 10 * losses.length, secondsMedian: secondsPerStep, secondsTotal: 1 },
    ...(innerIterations !== undefined && {
      innerLoop: {
        ...CG,
        iterations: innerIterations,
        iterationsTotal: 100,
        secondsPerIteration: 0.5 * secondsPerStep,
      },
    }),
    seconds: { load: 0, compile: 0, train: 10 * losses.length * secondsPerStep, evaluate: 0, total: 1 },
  };
}

/** `sgd[learningRate=0.1]` has that one hyperparameter. */
function chosenIn(label: string): ReportRun['hyperparameters'] {
  const inside = /\[(.*)\]/.exec(label)?.[1];
  return Object.fromEntries((inside?.split(',') ?? []).map((pair) => pair.split('=') as [string, string]));
}

/** A report of these runs on several problems, all like `boston`. */
export function smallReports(problems: Readonly<Record<string, readonly SmallRun[]>>): Report {
  const report = smallReport([]);
  const [boston] = report.problems;
  return {
    ...report,
    problems: Object.keys(problems).map((name) => ({ ...boston!, name })),
    runs: Object.entries(problems).flatMap(([name, runs]) => runs.map((run) => smallRun(run, name))),
  };
}

/** A report of these runs on the problem `boston`. */
export function smallReport(runs: readonly SmallRun[]): Report {
  const whole = fixture();
  return {
    ...whole,
    title: 'Small',
    command: ['gaussmark', 'run'],
    problems: whole.problems.filter(({ name }) => name === 'boston'),
    runs: runs.map((run) => smallRun(run)),
    skipped: [],
  };
}

/** Seeds 1, 2, 3 with these final test losses. */
export const seeds = (label: string, finals: readonly number[], rest: Partial<SmallRun> = {}): SmallRun[] =>
  finals.map((final, index) => ({
    label,
    seed: index + 1,
    losses: [
      [2, 2],
      [final / 2, final],
    ],
    ...rest,
  }));
