// `bench steps`: what a gradient, a Gauss-Newton product, an inner iteration and a step cost.

import path from 'node:path';
import type { Report, TimingSuite } from '@gaussmark/analysis';
import type { FloatDType } from '@gaussmark/autodiff';
import {
  BOUNDS,
  type Bound,
  FLOAT_DTYPES,
  GaussmarkError,
  parseWithin,
  type Registry,
} from '@gaussmark/core';
import {
  assembleReport,
  ConditionsWatch,
  defaultReportDirectory,
  describeEnvironment,
  type Locations,
  locationsOf,
  PLAN,
  plannerIn,
  type ReportFrame,
} from '@gaussmark/harness';
import { renderJson, writeReport } from '@gaussmark/report';
import {
  type Clock,
  type Method,
  optimizersOfProfile,
  planSuites,
  problemsOfProfile,
  runSuite,
  type Suite,
  SuiteFailure,
  type SuitesPlan,
  timingOf,
} from '@gaussmark/steps';
import { DataLibrary } from '@gaussmark/worker';
import { type Command, Option } from 'commander';
import type { CommandContext } from './context.js';
import { formatDuration } from './duration.js';
import { FAILED, STOPPED } from './exit-codes.js';
import { addSharedOptions, collect, quantity, type SharedOptions, within, words } from './options.js';
import { wrap } from './paragraph.js';
import { busyNotes } from './plan-runner.js';
import { withPluginWorker } from './plugin-worker.js';
import { brokenNotes, demandGivenPlugins, findPlugins } from './registry.js';
import { demandRoom } from './report-directory.js';
import { shown } from './run-command.js';
import { type StepsProgress, stepsProgressOn } from './steps-progress.js';
import { renderTiming, summaryOf } from './steps-view.js';
import { stoppable } from './stopping.js';

interface StepsOptions extends SharedOptions {
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

const DEFAULT_ENGINES = ['onnxruntime'];
const DEFAULT_INNER = [1, 3, 10];
const DEFAULT_SECONDS = 20;

/** Adds `bench steps`. */
export function addStepsCommand(
  program: Command,
  context: CommandContext,
  exit: (code: number) => void,
): void {
  const command = program
    .command('steps')
    .description('measure what a gradient, a Gauss-Newton product, an inner iteration and a step cost')
    .option(
      '--problem <problem>',
      'problems, joined by commas (may be repeated; default: those of the profile)',
      collect,
    )
    .option(
      '--optimizer <selection>',
      'optimizers; the first without an inner loop is the unit (may be repeated; default: those of the profile)',
      collectGiven,
    )
    .addOption(
      new Option('--engine <selection>', 'engines (may be repeated)')
        .argParser(collectGiven)
        .default(DEFAULT_ENGINES, DEFAULT_ENGINES.join(', ')),
    )
    .addOption(
      new Option('--inner <list>', 'numbers of inner iterations, such as CG iterations, of a step')
        .argParser(counts(BOUNDS.innerIterations))
        .default(DEFAULT_INNER, DEFAULT_INNER.join(',')),
    )
    // The name of --inner before optimizers declared their loops.
    .addOption(new Option('--cg <list>').argParser(counts(BOUNDS.innerIterations)).hideHelp())
    .option('--batch-size <list>', 'sizes of the mini-batch, for every problem', counts(BOUNDS.batchSize))
    .addOption(new Option('--dtype <dtype>', 'number type, for every problem').choices(FLOAT_DTYPES))
    .option('--threads <n>', 'threads of the engine', within(BOUNDS.threads))
    .addOption(
      new Option('--seconds <s>', 'time the rounds of a problem for so long (5 to 200 rounds)')
        .argParser(within(BOUNDS.seconds))
        .default(DEFAULT_SECONDS),
    )
    .addOption(
      new Option('--rounds <n>', 'take exactly so many rounds')
        .argParser(within(BOUNDS.rounds))
        .conflicts('seconds'),
    )
    .addOption(
      new Option('--clock <clock>', 'wall-clock time, or processor time of a single thread')
        .choices(['wall', 'cpu'])
        .default('wall'),
    )
    .addOption(
      new Option(
        '--profile <name|file>',
        'whose problems and optimizers, and whose published results',
      ).default('paper'),
    )
    .option('--out <dir>', 'where the report goes (default: reports/steps)')
    .option('--title <text>', 'heading of the report', words)
    .option('--json', 'print the report document on stdout, and nothing else there')
    .option('--quiet', 'no progress');
  addSharedOptions(command)
    .addHelpText('after', HELP)
    .action(async (options: StepsOptions) => exit(await stepsCommand(options, context)));
}

async function stepsCommand(options: StepsOptions, context: CommandContext): Promise<number> {
  const { cwd, screen } = context;
  const locations = locationsOf(cwd, options.plugin);
  const planning = { purpose: 'planning', prepare: PLAN } as const;
  const { registry, notes, plan } = await withPluginWorker(planning, screen.err, async (host) => {
    const found = await findPlugins(locations);
    demandGivenPlugins(found);
    const library = new DataLibrary(host, found, locations.cacheDirectory);
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
    const plan = await planSuites(request, found, plannerIn(host, found, locations));
    return { registry: found, notes, plan };
  });
  if (options.clock === 'cpu') demandOneThread(plan);
  const directory =
    options.out === undefined
      ? path.join(path.dirname(defaultReportDirectory(cwd)), 'steps')
      : path.resolve(cwd, options.out);
  demandRoom(directory);
  const frame: ReportFrame = {
    title: options.title ?? titleOf(plan),
    created: new Date(),
    command: ['bench', ...context.args],
    environment: await describeEnvironment(plan.engines, locations.workspaceRoot ?? cwd, 1),
  };
  const busy = busyNotes(frame.environment, ADVICE[options.clock]);
  for (const note of [...registry.notes, ...brokenNotes(registry), ...notes, ...busy]) {
    screen.err.write(`${note}\n`);
  }

  const effort = options.rounds === undefined ? { seconds: options.seconds } : { rounds: options.rounds };
  const method = { effort, clock: options.clock };
  const progress = stepsProgressOn(screen.err, plan.suites.length, options.quiet ?? false);
  const onSuite = (suite: TimingSuite) => {
    if (!options.json) screen.out.write(`${renderTiming(suite, screen.out)}\n\n`);
  };
  const { timing, failures, stopped } = await stoppable((signal) =>
    measureAll(plan, method, registry, locations, progress, onSuite, signal),
  ).finally(progress.stop);
  const report: Report = {
    ...assembleReport({ problems: plan.problems, skipped: [...plan.skipped, ...failures] }, [], frame),
    timing,
  };
  const files = await writeReport(report, directory);
  const summary = summaryOf(timing);
  if (options.json) screen.out.writeDocument(renderJson(report));
  else if (summary !== undefined) screen.out.write(`${wrap(summary, screen.out.columns, '')}\n\n`);
  for (const { problem, reason } of plan.skipped) screen.err.write(`skipped: ${problem}: ${reason}\n`);
  for (const { problem, reason } of failures) {
    screen.err.write(`${screen.err.colors.red('error:')} ${problem}: ${reason}\n`);
  }
  (options.json ? screen.err : screen.out).write(`report: ${shown(files.html, cwd)}\n`);
  if (stopped) screen.err.write('stopped; the report holds what had been measured\n');
  return stopped ? STOPPED : failures.length > 0 ? FAILED : 0;
}

/** The problems asked for, or those of the profile whose data are here. */
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
    notes: [
      `measuring ${problems.join(', ')}, whose data are here; not ${absent}: get the data with 'bench data fetch ${datasets}'`,
    ],
  };
}

interface Measured {
  readonly timing: TimingSuite[];
  readonly failures: Report['skipped'];
  readonly stopped: boolean;
}

/** Measures suite after suite; one that fails does not keep the others from being measured. */
async function measureAll(
  { suites, published }: SuitesPlan,
  method: Method,
  registry: Registry,
  locations: Locations,
  progress: StepsProgress,
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
        onEvent: (event) => progress.update(event),
        signal,
      });
      const { rounds, seconds } = measurement;
      progress.end(`${rounds} ${rounds === 1 ? 'round' : 'rounds'} in ${formatDuration(seconds)}`);
      const measured = timingOf(suite, measurement, method.clock, watch.end(measurement), published);
      timing.push(measured);
      onSuite(measured);
    } catch (error) {
      if (signal.aborted) break;
      if (!(error instanceof SuiteFailure)) throw error;
      progress.end('failed');
      failures.push({ problem: suite.problem.name, optimizer: 'all', reason: error.message });
    }
  }
  return { timing, failures, stopped: signal.aborted };
}

/** The problem, and the engine where there are several. */
function nameOf({ problem, engineLabel }: Suite, suites: readonly Suite[]): string {
  const several = new Set(suites.map((suite) => suite.engineLabel)).size > 1;
  return several ? `${problem.name} on ${engineLabel}` : problem.name;
}

function titleOf({ suites }: SuitesPlan): string {
  const problems = [...new Set(suites.map(({ problem }) => problem.title ?? problem.name))];
  return problems.length === 0 ? 'No steps to measure' : `What steps cost on ${problems.join(', ')}`;
}

/** @throws GaussmarkError if an engine has several threads, whose processor times add up to no duration. */
function demandOneThread({ engines }: SuitesPlan): void {
  for (const [engine, { threads }] of Object.entries(engines)) {
    if (threads === 1) continue;
    throw new GaussmarkError('processor time is a duration only where one thread works', {
      expected: 'an engine with 1 thread',
      got: `${engine} with ${threads ?? 'an unknown number of threads'}`,
      remedy: 'add --threads 1, or leave --clock out',
    });
  }
}

/** On a busy machine. */
const ADVICE: Readonly<Record<Clock, string>> = {
  cpu: 'processor time leaves out waiting, but not what others take of the caches and the memory',
  wall: 'do not trust times, nor ratios of long parts to short ones: what is short waits less often (see --clock)',
};

/** Values given take the place of the default. */
function collectGiven(value: string, previous: readonly string[] = []): readonly string[] {
  return previous === DEFAULT_ENGINES ? [value] : [...previous, value];
}

/** A reader of `1,3,10`. */
const counts = (bound: Bound) =>
  quantity((text): readonly number[] => [
    ...new Set(text.split(',').map((part) => parseWithin(part, bound))),
  ]);

const HELP = `
Examples:
  bench steps                                        the paper's problems, 20 seconds of rounds each
  bench steps --problem mnist --dtype float32        one problem, in single precision
  bench steps --problem mnist --batch-size 100,1000,10000 --inner 1,2,5,10,20
  bench steps --problem boston --optimizer sgd --optimizer 'sgn[lineSearch=false,trustRegion=false]'
  bench steps --problem mnist --threads 1 --clock cpu
  bench steps --problem sine10 --rounds 20 --json --quiet > steps.json

In every round everything is run once, in an order drawn anew: a slow spell of the machine falls on all, and ratios are
taken within rounds. A value is the median over the rounds with its 95 % interval (bootstrap). What takes less than 5 ms
is run for 5 ms a round.

  forward       the loss of a mini-batch
  gradient      loss and gradient: the unit of the column 'gradients'
  GGN product   one product with the Gauss-Newton matrix, the network linearized before: (T(4) - T(0)) / 4 of a
                program that does that many products
  ... iteration (T(n2) - T(n1)) / (n2 - n1) of steps with the fewest and the most inner iterations of --inner. The
                hyperparameters that the optimizer declares as 'exact' make all of them run; its other settings stay,
                and the forward passes of a line search that took shorter steps are subtracted
  ... step      a whole step, with its mini-batch taken from the training set as in a run

Operations and bytes are counted in the programs. The peak is the best that a matrix product (square ones, and the
problem's own by themselves) reaches with the same engine, dtype and threads in the same rounds; the bandwidth is that
of a sum of two arrays of 64 MiB. By its operations per byte a part is bound by one or the other; 'limit' says by which,
and what share of it is reached: above 100 % where a cache serves the operands, far below where fixed costs rule.

On a busy machine, --clock cpu --threads 1 reads processor time, which stands still while others have the processor.
Caches and memory are shared even so: an idle machine is better.

Exit codes: 0 done; 1 a problem could not be measured; 2 the input is wrong, nothing was run; 130 stopped with Ctrl-C
(the report holds what had been measured).`;
