// `bench tune`: search hyperparameters on a validation split, then run the best and the defaults with fresh seeds.

import path from 'node:path';
import { type Report, TUNING_CRITERIA, type TuningCriterion } from '@gaussmark/analysis';
import { BOUNDS, decimal, GaussmarkError, type Registry, seedsOf } from '@gaussmark/core';
import {
  assembleReport,
  decide,
  describeEnvironment,
  explain,
  forecast,
  identify,
  jobsFor,
  type Locations,
  locationsOf,
  PLAN,
  type Plan,
  plannerIn,
  type ReportedOutcome,
  type ReportFrame,
  type Retryable,
  Store,
  setStoreAside,
} from '@gaussmark/harness';
import { renderJson } from '@gaussmark/report';
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
import {
  addChoiceOptions,
  addSharedOptions,
  addTargetOptions,
  type PlanOptions,
  requestOf,
  within,
} from './options.js';
import {
  anyBroke,
  busyNotes,
  distrustNotes,
  jobsNotes,
  type Recording,
  removedError,
  runBeforeUser,
  writeAtEnd,
} from './plan-runner.js';
import { printedNotes, withPluginWorker } from './plugin-worker.js';
import { brokenNotes, demandGivenPlugins, findPlugins } from './registry.js';
import { demandRoom } from './report-directory.js';
import { shown } from './run-command.js';
import { addLimitOptions, addOutcomeOptions, type RunOptions, retriesOf } from './run-options.js';
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

export function addTuneCommand(
  program: Command,
  context: CommandContext,
  exit: (code: number) => void,
): void {
  const command = program
    .command('tune')
    .description(
      'search hyperparameters on a validation split, then run the best and the defaults with fresh seeds',
    );
  addChoiceOptions(command)
    .addOption(
      new Option('--search <how>', 'how trials are chosen').choices(SEARCHES).default('quasi-random'),
    )
    .option('--trials <n>', 'trials for each optimizer and problem', within(BOUNDS.trials), 16)
    .addOption(
      new Option('--criterion <what>', 'by what the best trial is chosen')
        .choices(TUNING_CRITERIA)
        .default('final-validation-loss'),
    )
    .option('--validation <share>', 'share of the training set that trials are judged on', share, 0.1)
    .option(
      '--tuning-seed <seed>',
      'of the search and its trials; not among --seeds',
      within(BOUNDS.seed),
      0,
    );
  addLimitOptions(addTargetOptions(command))
    .option(
      '--jobs <n>',
      'runs at once (default: 1); with more, timings are not comparable',
      within(BOUNDS.jobs),
    )
    .option('--out <dir>', 'where the report and the records of its runs go', 'reports/tune');
  addSharedOptions(addOutcomeOptions(command))
    .addHelpText('after', HELP)
    .action(async (options: TuneOptions) => exit(await tuneCommand(options, context)));
}

/**
 * Tunes and compares. All runs are stored beside the report: the same command again goes on from there.
 *
 * @returns the exit code: 0; 1 if a final run failed, or no trial of a study was of use; 3 if results could not be
 *   written; 130 if the user stopped it
 * @throws GaussmarkError for wrong input, before anything runs.
 */
async function tuneCommand(options: TuneOptions, context: CommandContext): Promise<number> {
  const { cwd, screen } = context;
  const retry = retriesOf(options);
  const locations = locationsOf(cwd, options.plugin);
  const { registry, plan } = await withPluginWorker(planningOf(options), screen.err, async (host) => {
    const found = await findPlugins(locations);
    demandGivenPlugins(found);
    const plan = await planTuning(tuneRequestOf(options), found, plannerIn(host, found, locations));
    return { registry: found, plan };
  });
  const directory = path.resolve(cwd, options.out);
  if (options.dryRun) return dryRun(plan, options, context, { registry, directory, retry });

  demandRoom(directory);
  const aside = options.fresh ? setStoreAside(directory) : undefined;
  const asked = options.jobs ?? 1;
  const { trials, untuned } = plan;
  const jobs = jobsFor(asked, trials.cells.length > untuned.cells.length ? trials.cells : untuned.cells);
  const frame: ReportFrame = {
    title: options.title ?? `Tuned: ${plan.untuned.title}`,
    created: new Date(),
    command: ['bench', ...context.args],
    environment: await describeEnvironment(plan.untuned.engines, locations.workspaceRoot ?? cwd, jobs),
  };
  const say = (line: string) => screen.err.write(`${line}\n`);
  for (const note of [
    ...registry.notes,
    ...brokenNotes(registry),
    ...jobsNotes(asked, jobs),
    ...busyNotes(frame.environment),
  ])
    say(note);
  if (aside !== undefined) say(`the runs that were stored are kept in ${shown(aside, cwd)}`);

  const tuning = new TuningRun(plan, frame, options, context, {
    registry,
    locations,
    directory,
    jobs,
    retry,
  });
  try {
    const { report, finals, stopped } = await tuning.run();
    const files = await writeAtEnd(report, directory);
    if (options.json) screen.out.writeDocument(renderJson(report));
    else screen.out.write(`${renderTuning(report, screen.out)}\n\n`);
    for (const note of [...distrustNotes(finals), ...printedNotes(finals)]) say(note);
    (options.json ? screen.err : screen.out).write(`report: ${shown(files.html, cwd)}\n`);
    if (tuning.storeWasRemoved) throw removedError(directory);
    if (stopped) {
      say('stopped; what had ended is stored, and the same command goes on from there');
      return STOPPED;
    }
    const useless = report.tuning?.some(({ studies }) => studies.some(({ best }) => best === null));
    return useless || anyBroke(report) ? FAILED : 0;
  } finally {
    tuning.close();
  }
}

const planningOf = (options: TuneOptions) =>
  ({ purpose: 'planning', prepare: PLAN, limits: options }) as const;

interface Place {
  readonly registry: Registry;
  readonly locations: Locations;
  readonly directory: string;
  readonly jobs: number;
  readonly retry: readonly Retryable[];
}

/** The two halves of a search, on one store: trials, then final runs. */
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
    this.#say(`search: ${plan.trials.cells.length} trials on the validation split`);
    const trials = await this.#perform(plan.trials, (outcomes) => this.#report(plan.untuned, outcomes, []));
    if (trials.stopped) {
      return { report: this.#report(plan.untuned, trials.outcomes, []), finals: [], stopped: true };
    }
    const winners = winnersOf(studiesOf(plan, trials.outcomes));
    const finalPlan = await withPluginWorker(planningOf(this.options), this.context.screen.err, (host) =>
      planFinals(plan, winners, plannerIn(host, place.registry, place.locations)),
    );
    for (const { problem, point } of winners) this.#say(`best on ${problem}: ${point.text}`);
    this.#say(`results: ${finalPlan.cells.length} runs with fresh seeds on the test split`);
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
    for (const line of explain(decisions, this.#store)) this.#say(line);
    const recording: Recording = {
      identities,
      decisions,
      store: this.#store,
      locations: { ...place.locations, plugins: place.registry.plugins },
      environment: frame.environment,
      jobs: place.jobs,
    };
    const { err: sheet } = this.context.screen;
    return runBeforeUser(plan, recording, {
      reportOf,
      directory: place.directory,
      sheet,
      quiet: this.options.quiet ?? false,
    });
  }

  #report(shown: Plan, trials: readonly ReportedOutcome[], finals: readonly ReportedOutcome[]): Report {
    // What does not fit was not searched: the plan of the untuned optimizers says it once.
    const visible = { ...shown, skipped: this.plan.untuned.skipped };
    const section = tuningSection(this.plan, studiesOf(this.plan, trials), finals);
    return { ...assembleReport(visible, finals, this.frame), tuning: [section] };
  }

  #say(line: string): void {
    this.context.screen.err.write(`${line}\n`);
  }
}

async function dryRun(
  plan: TuningPlan,
  options: TuneOptions,
  { screen }: CommandContext,
  { registry, directory, retry }: Pick<Place, 'registry' | 'directory' | 'retry'>,
): Promise<number> {
  const store = options.fresh ? Store.empty(directory) : Store.open(directory);
  const decided = async (part: Plan) => decide(part.cells, await identify(part, registry), store, retry);
  const [trials, untuned] = [await decided(plan.trials), await decided(plan.untuned)];
  const times = {
    trials: forecast(plan.trials, trials, store),
    untuned: forecast(plan.untuned, untuned, store),
  };
  if (options.json) {
    const { optimizers, points, untuned: finals, trials: search } = plan;
    const document = {
      optimizers: optimizers.map(({ selection, space, fixed }) => ({ selection, space, fixed })),
      points: points.map(({ optimizer, values, text }) => ({ optimizer: optimizer.selection, values, text })),
      trials: { ...search, stored: stored(trials), forecast: times.trials },
      untuned: { ...finals, stored: stored(untuned), forecast: times.untuned },
    };
    screen.out.writeDocument(`${JSON.stringify(document, null, 2)}\n`);
    return 0;
  }
  screen.out.write(renderTuningPlan(plan, { trials, untuned }, times, options.jobs ?? 1, screen.out));
  for (const line of explain([...trials, ...untuned], store)) screen.err.write(`${line}\n`);
  return 0;
}

const stored = (decisions: ReturnType<typeof decide>) =>
  decisions.filter(({ kind }) => kind === 'stored').length;

/** @throws GaussmarkError if it does not say what to tune on what. */
function tuneRequestOf(options: TuneOptions): TuneRequest {
  const request = requestOf(options);
  const { search, trials, validation, tuningSeed, criterion } = options;
  return {
    plan: {
      ...request,
      problems: demandGiven(options.problem, '--problem', 'mnist'),
      optimizers: demandGiven(options.optimizer, '--optimizer', 'sgd,sgn'),
      seeds: request.seeds ?? seedsOf(FINAL_SEEDS),
    },
    search,
    trials,
    validation,
    tuningSeed,
    criterion,
  };
}

/** Final runs of each contestant, unless --seeds says otherwise. */
const FINAL_SEEDS = 5;

function demandGiven(
  given: readonly string[] | undefined,
  option: string,
  example: string,
): readonly string[] {
  if (given !== undefined) return given;
  throw new GaussmarkError(`bench tune needs ${option}`, { remedy: `give one, as in ${option} ${example}` });
}

function share(text: string): number {
  const value = decimal(text);
  if (value > 0 && value < 1) return value;
  throw new InvalidArgumentError('Expected a number between 0 and 1.');
}

const HELP = `
Examples:
  # 16 trials of each optimizer, then the best and the defaults with the seeds 1 to 5
  bench tune --problem mnist --optimizer sgd,sgn --target testAccuracy=0.9

  # only the learning rate, on a grid of nine
  bench tune --problem sine10 --optimizer 'sgd[momentum=0,schedule=constant]' --search grid --trials 9

One value of a hyperparameter fixes it; several are what is searched of it. The others are searched as the plugin's manifest
says (bench list optimizers --json). Trials never see the test set: they train on a part of the training set and are judged
on the rest. The final runs train on all of it. docs/protocol.md says more.

Exit codes: as those of bench run; 1 also if no trial of an optimizer is of use.`;
