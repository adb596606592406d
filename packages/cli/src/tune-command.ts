// `bench tune`: tunes hyperparameters on a validation split, then runs the best and the defaults with fresh seeds.

import path from 'node:path';
import { type Report, TUNING_CRITERIA, type TuningCriterion } from '@gaussmark/analysis';
import { formatQuantity } from '@gaussmark/analysis/words';
import type { Locations } from '@gaussmark/cell';
import { BOUNDS, decimal, GaussmarkError, type Registry, seedsOf } from '@gaussmark/core';
import {
  assembleReport,
  decide,
  explain,
  forecast,
  identify,
  jobsFor,
  PLAN,
  type Plan,
  plannerIn,
  type ReportedOutcome,
  type ReportFrame,
  type Retryable,
  Store,
  setStoreAside,
} from '@gaussmark/harness';
import {
  planFinals,
  planTuning,
  SEARCHES,
  type Search,
  studiesOf,
  type TuneRequest,
  type TuningPlan,
  tuningSection,
  winnersOf,
} from '@gaussmark/tuning';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CommandContext } from './context.js';
import { FAILED, STOPPED } from './exit-codes.js';
import { examples } from './help-text.js';
import { brokenRuns } from './leaderboard-view.js';
import {
  addOptions,
  choiceOptions,
  limitOptions,
  outcomeOptions,
  type PlanOptions,
  pluginOption,
  type RunOptions,
  requestOf,
  retriesOf,
  targetOptions,
  valued,
  within,
} from './options.js';
import { fromHere, printJsonOr, printLines, printPlace } from './output.js';
import {
  busyNotes,
  distrustNotes,
  jobsNotes,
  type Recording,
  removedError,
  runBeforeUser,
  storedCount,
  writeAtEnd,
} from './plan-runner.js';
import { choiceNotes, reportFrame, withPlanner } from './planning.js';
import { printedNotes, withPluginWorker } from './plugin-worker.js';
import { brokenNotes } from './registry.js';
import { requireRoom } from './report-directory.js';
import { printReport } from './report-output.js';
import { renderTuning, renderTuningPlan } from './tune-view.js';

interface TuneOptions
  extends PlanOptions,
    Pick<RunOptions, 'json' | 'quiet' | 'dryRun' | 'title' | 'jobs' | 'fresh' | 'retry'> {
  readonly trials: number;
  readonly search: Search;
  readonly validation: number;
  readonly tuningSeed: number;
  readonly criterion: TuningCriterion;
  readonly out: string;
}

export function defineTune(command: Command, context: CommandContext): void {
  addOptions(
    command,
    ...choiceOptions(),
    new Option('--search <how>', 'how to choose trials').choices(SEARCHES).default('quasi-random'),
    valued('--trials <n>', 'trials per optimizer and problem', within(BOUNDS.trials)).default(16),
    new Option('--criterion <what>', 'how to choose the best trial')
      .choices(TUNING_CRITERIA)
      .default('final-validation-loss'),
    valued('--validation <share>', 'share of the training set used for validation', share).default(0.1),
    valued('--tuning-seed <seed>', 'seed of the trials; not in --seeds', within(BOUNDS.seed)).default(0),
    ...targetOptions(),
    ...limitOptions(),
    new Option('--out <dir>', 'directory of the report and its runs').default('reports/tune'),
    ...outcomeOptions(),
    pluginOption(),
  )
    .addHelpText('after', examples(EXAMPLES, NOTES))
    .action(async (options: TuneOptions) => context.exit(await tuneCommand(options, context)));
}

/**
 * Tunes and compares. All runs are stored beside the report, so the same command resumes.
 *
 * @returns the exit code: 0; 1 if a final run failed, or no trial of a study succeeded; 3 if results could not be
 *   written; 130 if the user stopped it
 * @throws GaussmarkError for wrong input, before anything runs
 */
async function tuneCommand(options: TuneOptions, context: CommandContext): Promise<number> {
  const { cwd, screen } = context;
  const retry = retriesOf(options);
  const { registry, locations, plan } = await withPlanner(
    'planning',
    options,
    context,
    async ({ planner, registry, locations }) => {
      const plan = await planTuning(tuneRequestOf(options), registry, planner);
      return { registry, locations, plan };
    },
  );
  const directory = path.resolve(cwd, options.out);
  if (options.dryRun) return dryRun(plan, options, context, { registry, directory, retry });

  requireRoom(directory);
  const aside = options.fresh ? setStoreAside(directory) : undefined;
  const asked = options.jobs ?? 1;
  const { trials, untuned } = plan;
  const jobs = jobsFor(asked, trials.cells.length > untuned.cells.length ? trials.cells : untuned.cells);
  const title = options.title ?? `Tuned: ${untuned.title}`;
  const frame = await reportFrame(title, untuned.engines, jobs, locations, context);
  printLines(screen.err, [
    ...registry.notes,
    ...brokenNotes(registry),
    ...choiceNotes(untuned),
    ...jobsNotes(asked, jobs),
    ...busyNotes(frame.environment),
    ...(aside === undefined ? [] : [`stored runs set aside: ${fromHere(aside, cwd)}`]),
  ]);

  const place = { registry, locations, directory, jobs, retry };
  const tuning = new TuningRun(plan, frame, options, context, place);
  try {
    const { report, finals, stopped } = await tuning.run();
    const files = await writeAtEnd(report, directory);
    printReport(context, options, report, () => renderTuning(report, screen.out));
    printLines(screen.err, [...distrustNotes(finals), ...printedNotes(finals, options.verbose ?? false)]);
    printPlace(context, options, 'report', files.html);
    if (tuning.storeWasRemoved) throw removedError(directory);
    if (stopped) {
      screen.err.write('stopped; finished runs are stored, and the same command resumes\n');
      return STOPPED;
    }
    const useless = report.tuning?.some(({ studies }) => studies.some(({ best }) => best === null));
    return useless || brokenRuns(report).length > 0 ? FAILED : 0;
  } finally {
    tuning.close();
  }
}

interface Place {
  readonly registry: Registry;
  readonly locations: Locations;
  readonly directory: string;
  readonly jobs: number;
  readonly retry: readonly Retryable[];
}

/** Trials, then final runs, in one store. */
class TuningRun {
  readonly #store: Store;

  constructor(
    private readonly plan: TuningPlan,
    private readonly frame: ReportFrame,
    private readonly options: TuneOptions,
    private readonly context: CommandContext,
    private readonly place: Place,
  ) {
    this.#store = Store.open(place.directory);
  }

  async run(): Promise<{ report: Report; finals: readonly ReportedOutcome[]; stopped: boolean }> {
    const { plan, place } = this;
    this.#say(`tuning: ${formatQuantity(plan.trials.cells.length, 'trial')} on the validation split`);
    const trials = await this.#perform(plan.trials, (outcomes) => this.#report(plan.untuned, outcomes, []));
    if (trials.stopped) {
      return { report: this.#report(plan.untuned, trials.outcomes, []), finals: [], stopped: true };
    }
    const winners = winnersOf(studiesOf(plan, trials.outcomes));
    const planning = { purpose: 'planning', prepare: PLAN, limits: this.options } as const;
    const finalPlan = await withPluginWorker(planning, this.context.screen.err, (host) =>
      planFinals(plan, winners, plannerIn(host, place.registry, place.locations)),
    );
    for (const { problem, point } of winners) this.#say(`best on ${problem}: ${point.text}`);
    this.#say(
      `comparing: ${formatQuantity(finalPlan.cells.length, 'run')} with fresh seeds on the test split`,
    );
    const finals = await this.#perform(finalPlan, (outcomes) =>
      this.#report(finalPlan, trials.outcomes, outcomes),
    );
    const report = this.#report(finalPlan, trials.outcomes, finals.outcomes);
    return { report, finals: finals.outcomes, stopped: finals.stopped };
  }

  get storeWasRemoved(): boolean {
    return this.#store.wasRemoved;
  }

  close(): void {
    this.#store.close();
  }

  async #perform(plan: Plan, reportOf: (outcomes: readonly ReportedOutcome[]) => Report) {
    const { place, frame } = this;
    const identities = await identify(plan, place.registry);
    const decisions = decide(plan.cells, identities, this.#store, place.retry);
    printLines(this.context.screen.err, explain(decisions, this.#store));
    const recording: Recording = {
      identities,
      decisions,
      store: this.#store,
      locations: { ...place.locations, plugins: place.registry.plugins },
      environment: frame.environment,
      jobs: place.jobs,
    };
    const { err: sink } = this.context.screen;
    return runBeforeUser(plan, recording, {
      reportOf,
      directory: place.directory,
      sink,
      quiet: this.options.quiet ?? false,
    });
  }

  #report(tuned: Plan, trials: readonly ReportedOutcome[], finals: readonly ReportedOutcome[]): Report {
    // Pairs that do not fit were never tuned; the untuned plan lists each once.
    const visible = { ...tuned, skipped: this.plan.untuned.skipped };
    const section = tuningSection(this.plan, studiesOf(this.plan, trials), finals);
    return { ...assembleReport(visible, finals, this.frame), tuning: [section] };
  }

  #say(line: string): void {
    if (this.options.quiet) return;
    this.context.screen.err.write(`${line}\n`);
  }
}

async function dryRun(
  plan: TuningPlan,
  options: TuneOptions,
  context: CommandContext,
  { registry, directory, retry }: Pick<Place, 'registry' | 'directory' | 'retry'>,
): Promise<number> {
  const store = options.fresh ? Store.empty(directory) : Store.open(directory);
  const decided = async (part: Plan) => decide(part.cells, await identify(part, registry), store, retry);
  const [trials, untuned] = [await decided(plan.trials), await decided(plan.untuned)];
  const times = {
    trials: forecast(plan.trials, trials, store),
    untuned: forecast(plan.untuned, untuned, store),
  };
  const { optimizers, points } = plan;
  const document = {
    optimizers: optimizers.map(({ selection, space, fixed }) => ({ selection, space, fixed })),
    points: points.map(({ optimizer, values, text }) => ({ optimizer: optimizer.selection, values, text })),
    trials: { ...plan.trials, stored: storedCount(trials), forecast: times.trials },
    untuned: { ...plan.untuned, stored: storedCount(untuned), forecast: times.untuned },
  };
  const { out, err } = context.screen;
  printJsonOr(context, options, document, () =>
    renderTuningPlan(plan, { trials, untuned }, times, options.jobs ?? 1, out),
  );
  if (!options.json) printLines(err, explain([...trials, ...untuned], store));
  return 0;
}

/** @throws GaussmarkError without --problem or --optimizer */
function tuneRequestOf(options: TuneOptions): TuneRequest {
  const request = requestOf(options);
  const { search, trials, validation, tuningSeed, criterion } = options;
  return {
    plan: {
      ...request,
      problems: required(options.problem, '--problem', 'mnist'),
      optimizers: required(options.optimizer, '--optimizer', 'sgd,sgn'),
      seeds: request.seeds ?? seedsOf(FINAL_SEEDS),
    },
    search,
    trials,
    validation,
    tuningSeed,
    criterion,
  };
}

/** Final runs of each optimizer, without --seeds. */
const FINAL_SEEDS = 5;

function required(given: readonly string[] | undefined, option: string, example: string): readonly string[] {
  if (given !== undefined) return given;
  throw new GaussmarkError(`bench tune needs ${option}`, { remedy: `for example, ${option} ${example}` });
}

function share(text: string): number {
  const value = decimal(text);
  if (value > 0 && value < 1) return value;
  throw new InvalidArgumentError('Expected a number between 0 and 1.');
}

const EXAMPLES = [
  [
    'bench tune --problem mnist --optimizer sgd,sgn --target testAccuracy=0.9',
    '16 trials of each optimizer, then the best and the defaults with seeds 1 to 5',
  ],
  [
    "bench tune --problem sine10 --optimizer 'sgd[momentum=0,schedule=constant]' --search grid --trials 9",
    'only the learning rate, on a grid of nine',
  ],
] as const;

const NOTES = `
One value fixes a hyperparameter; a list of values is searched. The others are searched over the ranges in the plugin's
manifest (see bench list optimizers --json).

Trials never see the test set: they train on part of the training set and are judged on the rest. Final runs train on all
of it. See docs/protocol.md.

Exit codes: as for bench run; also 1 if no trial of an optimizer succeeded.`;
