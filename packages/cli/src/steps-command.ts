// `bench steps`: times gradients, Gauss-Newton products, inner iterations and steps.

import path from 'node:path';
import type { Report, TimingSuite } from '@gaussmark/analysis';
import { formatQuantity } from '@gaussmark/analysis/words';
import type { FloatDType } from '@gaussmark/autodiff';
import type { Locations } from '@gaussmark/cell';
import { BOUNDS, type Bound, defined, GaussmarkError, parseWithin, type Registry } from '@gaussmark/core';
import { assembleReport, ConditionsWatch, defaultReportDirectory } from '@gaussmark/harness';
import { renderJson, writeReport } from '@gaussmark/report';
import {
  type Clock,
  type Method,
  optimizersOfProfile,
  planSuites,
  problemsOfProfile,
  runSuite,
  type Suite,
  type SuiteEvent,
  SuiteFailure,
  type SuitePhase,
  type SuitesPlan,
  timingOf,
} from '@gaussmark/steps';
import { DataLibrary } from '@gaussmark/worker';
import { type Command, Option } from 'commander';
import type { CommandContext } from './context.js';
import { FAILED, STOPPED } from './exit-codes.js';
import { examples } from './help-text.js';
import { type SeriesProgress, seriesProgressOn } from './live-display.js';
import {
  addOptions,
  dtypeOption,
  jsonOption,
  type PluginOptions,
  pluginOption,
  problemOption,
  quantity,
  quietOption,
  repeatable,
  threadsOption,
  titleOption,
  valued,
  verboseOption,
  within,
} from './options.js';
import { printLines, printPlace } from './output.js';
import { wrap } from './paragraph.js';
import { busyNotes } from './plan-runner.js';
import { choiceNotes, reportFrame, withPlanner } from './planning.js';
import { formatDuration } from './quantities.js';
import { brokenNotes } from './registry.js';
import { requireRoom } from './report-directory.js';
import { renderTiming, summaryOf } from './steps-view.js';
import { stoppable } from './stopping.js';

interface StepsOptions extends PluginOptions {
  readonly problem?: readonly string[];
  readonly optimizer?: readonly string[];
  readonly engine: readonly string[];
  readonly inner: readonly number[];
  readonly cg?: readonly number[];
  readonly batchSize?: readonly number[];
  readonly dtype?: FloatDType;
  readonly threads?: number;
  readonly rounds?: number;
  readonly seconds: number;
  readonly clock: Clock;
  readonly profile: string;
  readonly out?: string;
  readonly title?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const DEFAULT_INNER = [1, 3, 10];
/** Stands for all optimizers of a problem that could not be timed. */
const ALL = 'all';

export function defineSteps(command: Command, context: CommandContext): void {
  addOptions(
    command,
    problemOption("the profile's"),
    repeatable('--optimizer <selection>', 'optimizers; the first without an inner loop is the unit', {
      fallback: "the profile's",
    }),
    repeatable('--engine <selection>', 'engines', { initial: ['onnxruntime'] }),
    valued('--inner <list>', 'numbers of inner iterations per step', counts(BOUNDS.innerIterations)).default(
      DEFAULT_INNER,
      DEFAULT_INNER.join(','),
    ),
    // The old name of --inner.
    valued('--cg <list>', '', counts(BOUNDS.innerIterations)).hideHelp(),
    valued('--batch-size <list>', 'mini-batch sizes, for every problem', counts(BOUNDS.batchSize)),
    dtypeOption(),
    threadsOption(),
    valued('--seconds <s>', 'time per problem, for 5 to 200 rounds', within(BOUNDS.seconds)).default(20),
    valued('--rounds <n>', 'exact number of rounds', within(BOUNDS.rounds)).conflicts('seconds'),
    new Option('--clock <clock>', 'wall-clock time, or processor time of one thread')
      .choices(['wall', 'cpu'])
      .default('wall'),
    new Option('--profile <name|file>', 'source of problems, optimizers and published results').default(
      'paper',
    ),
    new Option('--out <dir>', 'directory of the report (default: reports/steps)'),
    titleOption(),
    jsonOption(),
    quietOption(),
    verboseOption(),
    pluginOption(),
  )
    .addHelpText('after', examples(EXAMPLES, NOTES))
    .action(async (options: StepsOptions) => context.exit(await stepsCommand(options, context)));
}

async function stepsCommand(options: StepsOptions, context: CommandContext): Promise<number> {
  const { cwd, screen } = context;
  const { registry, locations, notes, plan } = await withPlanner(
    'planning',
    options,
    context,
    async ({ host, registry, locations, planner }) => {
      const library = new DataLibrary(host, registry, locations.cacheDirectory);
      const { problems, notes } = await problemsOf(options, library, cwd);
      const request = {
        problems,
        optimizers: options.optimizer ?? (await optimizersOfProfile(options.profile, cwd)),
        engines: options.engine,
        innerIterations: options.cg ?? options.inner,
        batchSizes: options.batchSize,
        dtype: options.dtype,
        threads: options.threads,
        profile: options.profile,
      };
      return { registry, locations, notes, plan: await planSuites(request, registry, planner) };
    },
  );
  if (options.clock === 'cpu') requireOneThread(plan);
  const directory =
    options.out === undefined
      ? path.join(path.dirname(defaultReportDirectory(cwd)), 'steps')
      : path.resolve(cwd, options.out);
  requireRoom(directory);
  const frame = await reportFrame(options.title ?? titleOf(plan), plan.engines, 1, locations, context);
  printLines(screen.err, [
    ...registry.notes,
    ...brokenNotes(registry),
    ...notes,
    ...choiceNotes(plan),
    ...busyNotes(frame.environment, ADVICE[options.clock]),
  ]);

  const effort = options.rounds === undefined ? { seconds: options.seconds } : { rounds: options.rounds };
  const method = { effort, clock: options.clock };
  const progress = seriesProgressOn(screen.err, plan.suites.length, options.quiet ?? false);
  const onSuite = (suite: TimingSuite) => {
    if (!options.json) screen.out.write(`${renderTiming(suite, screen.out)}\n\n`);
  };
  const { timing, failures, stopped } = await stoppable((signal) =>
    measureAll(plan, method, registry, locations, progress, onSuite, signal),
  ).finally(progress.stop);
  const reported = { problems: plan.problems, ...defined({ engineChoices: plan.engineChoices }) };
  const report: Report = {
    ...assembleReport({ ...reported, skipped: [...plan.skipped, ...failures] }, [], frame),
    timing,
  };
  const files = await writeReport(report, directory);
  const summary = summaryOf(timing);
  if (options.json) screen.out.writeDocument(renderJson(report));
  else if (summary !== undefined) screen.out.write(`${wrap(summary, screen.out.columns, '')}\n\n`);
  const error = screen.err.colors.red('error:');
  printLines(screen.err, [
    ...plan.skipped.map(({ problem, reason }) => `skipped: ${problem}: ${reason}`),
    ...failures.map(
      ({ problem, optimizer, reason }) =>
        `${error} ${optimizer === ALL ? problem : `${problem}, ${optimizer}`}: ${reason}`,
    ),
  ]);
  printPlace(context, options, 'report', files.html);
  if (stopped) screen.err.write('stopped; the report holds the finished measurements\n');
  return stopped ? STOPPED : failures.length > 0 ? FAILED : 0;
}

/** The named problems, or those of the profile whose data are here. */
async function problemsOf(
  { problem, profile }: StepsOptions,
  library: DataLibrary,
  cwd: string,
): Promise<{ readonly problems: readonly string[]; readonly notes: readonly string[] }> {
  if (problem !== undefined) return { problems: problem, notes: [] };
  const { problems, missing } = await problemsOfProfile(profile, library, cwd);
  if (missing.length === 0) return { problems, notes: [] };
  const absent = missing.map((each) => each.problem).join(', ');
  const datasets = [...new Set(missing.map(({ dataset }) => dataset))].join(' ');
  return {
    problems,
    notes: [`measuring ${problems.join(', ')}; no data for ${absent}: run 'bench data fetch ${datasets}'`],
  };
}

interface Measured {
  readonly timing: TimingSuite[];
  readonly failures: Report['skipped'];
  readonly stopped: boolean;
}

/** Measures one suite after another; the others go on if one fails. */
async function measureAll(
  { suites, published }: SuitesPlan,
  method: Method,
  registry: Registry,
  locations: Locations,
  progress: SeriesProgress,
  onSuite: (suite: TimingSuite) => void,
  signal: AbortSignal,
): Promise<Measured> {
  const timing: TimingSuite[] = [];
  const failures: Report['skipped'] = [];
  for (const suite of suites) {
    if (signal.aborted) break;
    progress.begin(nameOf(suite, suites));
    const watch = new ConditionsWatch(1);
    try {
      const measurement = await runSuite(suite, {
        method,
        registry,
        locations,
        onEvent: (event) => progress.update(describe(event)),
        signal,
      });
      const { rounds, seconds } = measurement;
      progress.end(`${formatQuantity(rounds, 'round')} in ${formatDuration(seconds)}`);
      const measured = timingOf(suite, measurement, method.clock, watch.end(measurement), published);
      timing.push(measured);
      failures.push(...measurement.untimed.map((step) => ({ problem: suite.problem.name, ...step })));
      onSuite(measured);
    } catch (error) {
      if (signal.aborted) break;
      if (!(error instanceof SuiteFailure)) throw error;
      progress.end('failed');
      failures.push({ problem: suite.problem.name, optimizer: ALL, reason: error.message });
    }
  }
  return { timing, failures, stopped: signal.aborted };
}

/** The problem, and the engine if there are several. */
function nameOf({ problem, engineLabel }: Suite, suites: readonly Suite[]): string {
  const several = new Set(suites.map((suite) => suite.engineLabel)).size > 1;
  return several ? `${problem.name} on ${engineLabel}` : problem.name;
}

function titleOf({ suites }: SuitesPlan): string {
  const problems = [...new Set(suites.map(({ problem }) => problem.title ?? problem.name))];
  return problems.length === 0 ? 'No steps to measure' : `What steps cost on ${problems.join(', ')}`;
}

/** @throws GaussmarkError if an engine has several threads: the sum of their processor times is not a duration */
function requireOneThread({ engines }: SuitesPlan): void {
  for (const [engine, { threads }] of Object.entries(engines)) {
    if (threads === 1) continue;
    throw new GaussmarkError('--clock cpu needs engines with one thread', {
      expected: '1 thread',
      got: `${engine} with ${threads ?? 'an unknown number of threads'}`,
      remedy: 'add --threads 1, or drop --clock',
    });
  }
}

/** For a busy machine. */
const ADVICE: Readonly<Record<Clock, string>> = {
  cpu: 'processor time leaves out waiting, but other processes still share the caches and memory',
  wall: 'do not trust times, or ratios of long parts to short ones (see --clock)',
};

/** Parses `1,3,10`. */
function counts(bound: Bound): (text: string) => readonly number[] {
  return quantity((text) => [...new Set(text.split(',').map((part) => parseWithin(part, bound)))]);
}

const PHASES: Readonly<Record<SuitePhase, string>> = {
  load: 'loading data',
  compile: 'compiling',
  'warm-up': 'warming up',
};

function describe(event: SuiteEvent): string {
  if (event.type === 'phase') return PHASES[event.phase];
  const { done, total, secondsLeft } = event;
  return `round ${done} of ${total}, about ${formatDuration(secondsLeft)} left`;
}

const EXAMPLES = [
  ['bench steps', "the paper's problems, 20 seconds each"],
  ['bench steps --problem mnist --dtype float32', 'one problem, in single precision'],
  [
    'bench steps --problem mnist --batch-size 100,1000,10000 --inner 1,2,5,10,20',
    'several batch sizes and inner iterations',
  ],
  [
    "bench steps --problem boston --optimizer sgd --optimizer 'sgn[lineSearch=false,trustRegion=false]'",
    'SGN without its line search and trust region',
  ],
  ['bench steps --problem mnist --threads 1 --clock cpu', 'processor time, on a busy machine'],
  ['bench steps --problem sine10 --rounds 20 --json --quiet > steps.json', 'for another program'],
] as const;

const NOTES = `
Each round runs every part once, in a new random order, so slow spells of the machine hit all parts. Ratios are taken
within rounds. Values are medians over rounds with bootstrap 95 % intervals. Parts shorter than 5 ms repeat for 5 ms.

Parts:
  forward        the loss of a mini-batch
  gradient       loss and gradient: the unit of the column 'gradients'
  GGN product    a product with the Gauss-Newton matrix of a linearized network: (T(4) - T(0)) / 4, where T(n) is the time of n products
  ... iteration  (T(n2) - T(n1)) / (n2 - n1), where T(n) is the time of a step with exactly n inner iterations, and n1 and n2 are the smallest and largest of --inner; forward passes of a backtracking line search are subtracted
  ... step       a whole step, its mini-batch included, as in a run; if it branches on its number, the mean of ten

Operations and bytes are counted from the programs. The peak is the fastest matrix product (square, or the problem's own)
with the same engine, dtype and threads in the same rounds. The bandwidth is that of adding two arrays of 64 MiB. The
column 'limit' names the bound (operations or bytes) and the share of it that is reached: above 100 % when a cache serves
the operands, far below when fixed costs dominate.

On a busy machine, --clock cpu --threads 1 measures processor time, which excludes waiting. Other processes still share
the caches and memory, so an idle machine is better.

Exit codes:
  0    done
  1    a problem could not be measured
  2    wrong input; nothing ran
  130  stopped with Ctrl-C; the report holds the finished measurements`;
