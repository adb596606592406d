// The report document: the one source of its JSON Schema and of its TypeScript types.

import { FLOAT_DTYPES, TASKS, TRAIN_LOSS_MEANS } from '@gaussmark/core';
import { IterationSchema, PublishedResultsSchema } from '@gaussmark/core/published-schemas';
import Type, { type Static } from 'typebox';
import {
  amount,
  closed,
  count,
  EngineInfo,
  name,
  nullable,
  nullableAmount,
  positiveCount,
  settings,
  text,
} from './parts.js';
import { TimingSchema } from './timing-schema.js';
import { TuningSchema } from './tuning-schema.js';
import { REPORT_SCHEMA_VERSION, RUN_STATUSES } from './vocabulary.js';

export type { RunStatus } from './vocabulary.js';

const Dtype = Type.Enum(FLOAT_DTYPES, {
  description: 'Floating-point type of parameters, data and arithmetic.',
});

const EngineChoice = Type.Object(
  {
    problem: name('Name of the problem.'),
    engine: name('The fastest engine, which ran the problem, as a selection.'),
    seconds: Type.Record(Type.String(), amount('Seconds.'), {
      description:
        'Seconds of a step before the runs, by engine: the geometric mean over the optimizers of the medians of a few steps. Engines that could not run the steps are absent.',
    }),
  },
  { ...closed, description: 'An engine chosen by measurement.' },
);

const Environment = Type.Object(
  {
    cpu: text('Model name of the processor.'),
    cores: positiveCount('Logical processors that the process may use.'),
    memoryBytes: count('Physical memory, in bytes.'),
    os: text('Operating system and its release.'),
    arch: text('Instruction set, as Node names it (x64, arm64).'),
    node: text('Version of Node.js, without the leading v.'),
    engines: Type.Record(Type.String(), Type.String(), {
      description: 'Version of each engine that ran, by its name.',
    }),
    threads: positiveCount('Engine threads per run.'),
    gitCommit: Type.Union([Type.String(), Type.Null()], {
      description: 'Full commit hash of the working tree; null outside a repository.',
    }),
    gitDirty: Type.Union([Type.Boolean(), Type.Null()], {
      description: 'Whether the working tree differed from the commit; null outside a repository.',
    }),
    loadAverage: Type.Array(Type.Number({ minimum: 0 }), {
      description: 'Load averages over 1, 5 and 15 minutes before the first run, in runnable processes.',
    }),
    comparableTimings: Type.Boolean({
      description: 'Whether seconds of different runs are comparable: false if runs shared the processor.',
    }),
    jobs: Type.Optional(positiveCount('Most runs at once.')),
    frequencyGovernor: Type.Optional(
      Type.Union([Type.String(), Type.Null()], {
        description: 'Frequency policy of the processors (performance, powersave); null if unreadable.',
      }),
    ),
  },
  { ...closed, description: 'Machine and software.' },
);

const Dataset = Type.Object(
  {
    name: name('Name of the dataset plugin.'),
    hyperparameters: settings('All settings of the dataset, defaults included.'),
    source: text('Origin of the data: a package and its version, a file, or "generated".'),
    license: text('License of the data.'),
    checksums: Type.Record(Type.String(), Type.String(), {
      description: 'sha256 (hexadecimal) of the data, by file name.',
    }),
    trainSize: positiveCount('Examples in the training split.'),
    testSize: count('Examples in the test split.'),
    task: Type.Enum(TASKS, { description: 'The learning task.' }),
    classNames: Type.Optional(
      Type.Array(Type.String(), {
        description: 'Class names by index; absent without names, or for many classes.',
      }),
    ),
  },
  { ...closed, description: 'The data and its provenance.' },
);

const Model = Type.Object(
  {
    name: name('Name of the model plugin.'),
    hyperparameters: settings('All settings of the model, defaults included.'),
    parameterCount: count('Trainable scalars.'),
  },
  { ...closed, description: 'The network.' },
);

const Problem = Type.Object(
  {
    name: name('Name of the problem; runs refer to it.'),
    title: Type.Optional(text('A longer name for display.')),
    definition: Type.Optional(
      name('The name that a problem file gives itself; the name here is the path of the file.'),
    ),
    dataset: Dataset,
    model: Model,
    loss: name('Loss, a mean over the mini-batch (squaredError, softmaxCrossEntropy).'),
    batchSize: positiveCount('Examples in a mini-batch; the last one of an epoch may be smaller.'),
    requestedBatchSize: Type.Optional(
      positiveCount('The requested size, if larger than the training split.'),
    ),
    dtype: Dtype,
    trainLossMean: Type.Optional(
      Type.Enum(TRAIN_LOSS_MEANS, {
        description:
          'What the mean training loss of an epoch weights equally: examples, or mini-batches, however short the last one is. Mini-batches if absent.',
      }),
    ),
    stepsPerEpoch: positiveCount('Optimizer steps in one pass over the training split.'),
  },
  { ...closed, description: 'A dataset, a model, a loss and a batch size.' },
);

const nonFinite = 'null if not finite (JSON has no NaN); see the status and reason of the run';

const CurvePoint = Type.Object(
  {
    epoch: Type.Number({ minimum: 0, description: 'Passes over the training split so far; 0 is the start.' }),
    iterations: count('Optimizer steps so far.'),
    seconds: amount(
      'Training clock so far, in seconds; it runs only during optimizer steps, not during evaluation, loading or compilation.',
    ),
    trainLoss: nullable(
      `Mean of the losses before each update since the previous point, over what the problem's trainLossMean names; ${nonFinite}, or at epoch 0.`,
    ),
    testLoss: nullable(`Mean loss over the test split; ${nonFinite}.`),
    testAccuracy: Type.Optional(
      Type.Union([Type.Number({ minimum: 0, maximum: 1 }), Type.Null()], {
        description: 'Share of the test split classified correctly, 0 to 1; null if undefined.',
      }),
    ),
    errors: Type.Optional(
      Type.Record(Type.String(), Type.Union([Type.Number({ minimum: 0 }), Type.Null()]), {
        description: `Errors against a known solution over the evaluated split, root mean squares by name; ${nonFinite}.`,
      }),
    ),
    gradientEquivalents: Type.Optional(
      Type.Number({
        minimum: 0,
        description:
          'Work so far: floating-point operations of the initial state and the steps, as the programs count them, over those of one gradient on a full mini-batch.',
      }),
    ),
    metrics: Type.Optional(
      Type.Record(Type.String(), Type.Union([Type.Number(), Type.Null()]), {
        description: `Mean of each of the optimizer's metrics since the previous point, by name: over steps, or for lossAfter as for trainLoss; ${nonFinite}.`,
      }),
    ),
  },
  { ...closed, description: 'One evaluation of the run.' },
);

const Steps = Type.Object(
  {
    count: count('Optimizer steps taken.'),
    secondsMedian: nullableAmount('Median time of a step, in seconds; null if none was taken.'),
    secondsTotal: amount('Time of all steps, in seconds.'),
    secondsP10: Type.Optional(nullableAmount('Time of a step at the 10th percentile, in seconds.')),
    secondsP90: Type.Optional(nullableAmount('Time of a step at the 90th percentile, in seconds.')),
  },
  { ...closed, description: 'Number and times of the steps.' },
);

const InnerLoop = Type.Object(
  {
    name: name('Name of the loop in the step.'),
    iteration: IterationSchema,
    iterations: Type.Number({ minimum: 0, description: 'Mean number of iterations of a step.' }),
    iterationsTotal: count('Iterations of the whole run.'),
    stops: Type.Optional(
      Type.Record(Type.String(), Type.Integer({ minimum: 0 }), {
        description:
          'Steps by the reason that their loop stopped, as the optimizer reports it; budget: all allowed iterations used.',
      }),
    ),
    secondsPerIteration: nullableAmount('Time of one iteration, in seconds; null if not measured.'),
    metrics: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description: 'Labels of the metrics that describe the loop, by name.',
      }),
    ),
  },
  {
    ...closed,
    description:
      'The inner loop that the optimizer declares, with its iterations as the program counted them.',
  },
);

const RunSeconds = Type.Object(
  {
    load: amount(
      'Starting the process and the engine, loading plugins, loading and checking the data, in seconds.',
    ),
    compile: amount('Tracing, differentiating and compiling, in seconds.'),
    train: amount('The training clock at the end, in seconds.'),
    evaluate: amount('Evaluations on the test split, in seconds.'),
    record: Type.Optional(
      amount(
        'What the harness does beside, in seconds: drawing mini-batches, reading metrics, timing the inner loop, saving the model, ending the process.',
      ),
    ),
    total: amount('Wall-clock time of the whole run, in seconds.'),
    unaccounted: Type.Optional(
      Type.Number({
        description:
          'Wall-clock seconds outside the phases load, compile, train, evaluate and record, if they miss the total by more than 1 % of it; negative where phases overlap.',
      }),
    ),
    optimizer: Type.Optional(
      amount(
        "The optimizer's own JavaScript, in seconds, part of loading and compiling: import, creation and tracing.",
      ),
    ),
  },
  { ...closed, description: 'Breakdown of the run time.' },
);

const Conditions = Type.Object(
  {
    loadAverage: Type.Number({
      minimum: 0,
      description: 'Load average over the minute before the run, in runnable processes.',
    }),
    othersBusy: nullableAmount(
      'Mean number of logical processors kept busy by other programs during the run; null if unknown.',
    ),
    megahertz: Type.Array(nullable('null if unreadable.'), {
      minItems: 2,
      maxItems: 2,
      description: 'Mean clock rate of the processors at the start and the end of the run, in MHz.',
    }),
    jobs: positiveCount('Most runs at once.'),
    threads: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()], {
      description: 'Engine threads; null if it did not start.',
    }),
    distrust: Type.Optional(text('Why the timings of this run should not be trusted.')),
  },
  { ...closed, description: 'State of the machine during the run.' },
);

const RunTarget = Type.Object(
  {
    goals: Type.Object(
      {
        trainLoss: Type.Optional(Type.Number({ description: 'At most this training loss.' })),
        testLoss: Type.Optional(Type.Number({ description: 'At most this test loss.' })),
        testAccuracy: Type.Optional(
          Type.Number({ minimum: 0, maximum: 1, description: 'At least this test accuracy, 0 to 1.' }),
        ),
      },
      { ...closed, description: 'Goals to reach together at one evaluation.' },
    ),
    reached: Type.Union(
      [
        Type.Object(
          {
            epoch: Type.Number({ minimum: 0, description: 'Passes over the training split.' }),
            iterations: count('Optimizer steps.'),
            seconds: amount('Training clock, in seconds.'),
            gradientEquivalents: Type.Optional(
              Type.Number({ minimum: 0, description: 'Work, in gradients of one full mini-batch.' }),
            ),
          },
          closed,
        ),
        Type.Null(),
      ],
      { description: 'First evaluation that reached all goals; null if none did.' },
    ),
  },
  { ...closed, description: 'The target of the run, and when it reached it.' },
);

const Budget = Type.Object(
  {
    epochs: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, description: 'Passes over the training split.' }),
    ),
    steps: Type.Optional(Type.Number({ exclusiveMinimum: 0, description: 'Optimizer steps.' })),
    seconds: Type.Optional(Type.Number({ exclusiveMinimum: 0, description: 'Training clock, in seconds.' })),
    gradientEquivalents: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, description: 'Work, in gradients of one full mini-batch.' }),
    ),
  },
  { ...closed, description: 'The budget of the run; the first limit reached ends it.' },
);

const SavedModel = Type.Object(
  {
    params: text('The parameters, an .npz file with one array per parameter, named by its path.'),
    onnx: Type.Optional(text('The forward pass, an .onnx file from x, one example, to outputs.')),
  },
  { ...closed, description: 'Files with the trained model, relative to the directory of the report.' },
);

const Run = Type.Object(
  {
    id: name('Identifier of the run, unique in the document.'),
    problem: name('Name of one of the problems.'),
    model: name('Name of the model plugin.'),
    dataset: name('Name of the dataset plugin.'),
    optimizer: name('Name of the optimizer plugin.'),
    hyperparameters: settings('All hyperparameters of the optimizer, defaults included.'),
    label: name('The optimizer with the hyperparameters that were chosen, as a selection: name[key=value].'),
    engine: name('Name of the engine plugin.'),
    engineInfo: EngineInfo,
    dtype: Dtype,
    seed: Type.Integer({
      description:
        'Seed of the order of the examples and, unless the model fixes them, of the initial parameters.',
    }),
    budget: Type.Optional(Budget),
    startHash: Type.Optional(
      text(
        'Hash of the initial parameters. Seeds with equal hashes differ only in the order of the examples.',
      ),
    ),
    status: Type.Enum(RUN_STATUSES, {
      description:
        'How the run ended. done: all epochs or steps; target-reached and budget: an intended earlier end; diverged: a loss became NaN or infinite; cancelled: interrupted by the user.',
    }),
    reason: Type.Optional(text('Reason for the status, in a sentence.')),
    warnings: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description: 'Doubts about the run, one sentence each.',
      }),
    ),
    curve: Type.Array(CurvePoint, {
      description:
        'One point per evaluation, in order: after every epoch unless asked otherwise, and at the end.',
    }),
    steps: Steps,
    innerLoop: Type.Optional(InnerLoop),
    savedModel: Type.Optional(SavedModel),
    seconds: RunSeconds,
    target: Type.Optional(RunTarget),
    conditions: Type.Optional(Conditions),
    peakBytes: Type.Optional(count('Peak memory of the processes of the run, in bytes.')),
    finished: Type.Optional(text('End of the run: ISO 8601, UTC.')),
    output: Type.Optional(text('Output of its process, mostly of plugins: the first and last 32 KiB.')),
  },
  { ...closed, description: 'One optimizer with one seed on one problem.' },
);

const Skip = Type.Object(
  {
    problem: name('Name of the problem.'),
    optimizer: name('Label of the optimizer.'),
    reason: text('Why the two do not fit.'),
  },
  { ...closed, description: 'A planned pair that did not run.' },
);

export const reportSchema = Type.Object(
  {
    schemaVersion: Type.Literal(REPORT_SCHEMA_VERSION, { description: 'Version of this document format.' }),
    created: Type.String({
      pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?Z$',
      description: 'Creation date: ISO 8601, UTC.',
    }),
    tool: Type.Object(
      {
        name: Type.Literal('gaussmark', { description: 'Name of the tool.' }),
        version: name('Version of the tool.'),
      },
      { ...closed, description: 'The tool that wrote the document.' },
    ),
    title: text('Heading of the report.'),
    profile: Type.Optional(name('Name of the profile that was run, or the path of its file.')),
    baseline: Type.Optional(
      name('Optimizer whose step is the unit of step times; if absent, the first one without an inner loop.'),
    ),
    command: Type.Array(Type.String(), { description: 'The command line, one argument per element.' }),
    environment: Environment,
    problems: Type.Array(Problem, { description: 'The problems; names are unique.' }),
    runs: Type.Array(Run, { description: 'All runs, whatever their status.' }),
    skipped: Type.Array(Skip, { description: 'Pairs that did not run, and why.' }),
    engineChoices: Type.Optional(
      Type.Array(EngineChoice, { description: 'Engines chosen by --engine auto, one per problem.' }),
    ),
    published: Type.Optional(PublishedResultsSchema),
    timing: Type.Optional(TimingSchema),
    tuning: Type.Optional(
      Type.Array(TuningSchema, { description: 'Searches for hyperparameters, by bench tune.' }),
    ),
  },
  {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:gaussmark:schema:report:2',
    title: 'Gaussmark report',
    description:
      'Results of a benchmark. Times are in seconds, sizes in bytes, accuracies from 0 to 1. Numbers that were not finite are null.',
    ...closed,
  },
);

export type Report = Static<typeof reportSchema>;
export type ReportEnvironment = Report['environment'];
export type ReportProblem = Report['problems'][number];
export type ReportRun = Report['runs'][number];
export type ReportSkip = Report['skipped'][number];
export type CurvePoint = ReportRun['curve'][number];
