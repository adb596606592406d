// `bench run`: plan, run what is not stored, report.

import path from 'node:path';
import { formatQuantity } from '@gaussmark/analysis/words';
import { defined, GaussmarkError } from '@gaussmark/core';
import { type GridSettings, planWithThreads, readGridFile } from '@gaussmark/grid';
import {
  assembleReport,
  decide,
  defaultReportDirectory,
  explain,
  forecast,
  identify,
  jobsFor,
  type Plan,
  Store,
  savedIn,
  setStoreAside,
} from '@gaussmark/harness';
import { type Command, Option } from 'commander';
import type { CommandContext } from './context.js';
import { FAILED, STOPPED } from './exit-codes.js';
import { examples } from './help-text.js';
import { brokenRuns, renderLeaderboards } from './leaderboard-view.js';
import {
  addOptions,
  limitOptions,
  outcomeOptions,
  planOptions,
  pluginOption,
  type RunOptions,
  requestOf,
  retriesOf,
  targetOptions,
} from './options.js';
import { fromHere, printJsonOr, printLines, printPlace } from './output.js';
import {
  busyNotes,
  distrustNotes,
  jobsNotes,
  removedError,
  runBeforeUser,
  storedCount,
  unstored,
  writeAtEnd,
} from './plan-runner.js';
import { renderPlan } from './plan-view.js';
import { choiceNotes, reportFrame, withPlanner } from './planning.js';
import { printedNotes } from './plugin-worker.js';
import { brokenNotes } from './registry.js';
import { requireRoom } from './report-directory.js';
import { printReport } from './report-output.js';

export function defineRun(command: Command, context: CommandContext): void {
  addOptions(
    command,
    ...planOptions(),
    ...targetOptions(),
    new Option('--stop-at-target', 'stop each run at its target'),
    ...limitOptions(),
    new Option('--shard <i/n>', 'run part i of n; bench merge joins the parts'),
    new Option('--out <dir>', 'directory of the report and its runs (default: reports/latest)'),
    new Option('--save-params', 'save each trained model beside the report: .npz and .onnx'),
    new Option('--grid <file>', 'run on many machines, as this grid file says; see docs/grid.md'),
    new Option('--detach', 'with --grid: submit, and return at once'),
    ...outcomeOptions(),
    pluginOption(),
  )
    .addHelpText('after', examples(EXAMPLES, NOTES))
    .action(async (options: RunOptions) => context.exit(await runCommand(options, context)));
}

/**
 * Runs a benchmark; stored runs that are still valid are not repeated.
 *
 * @returns the exit code: 0; 1 if a run failed (a divergence is a result); 3 if results could not be written; 130 if the
 *   user stopped it
 * @throws GaussmarkError for wrong input, before anything runs
 */
async function runCommand(options: RunOptions, context: CommandContext): Promise<number> {
  const { cwd, screen } = context;
  const retry = retriesOf(options);
  const settings = await gridOf(options, cwd);
  const { registry, locations, plan } = await withPlanner(
    'planning',
    options,
    context,
    async ({ planner, ...found }) => ({
      ...found,
      plan: await (settings === undefined
        ? planner(requestOf(options))
        : planWithThreads(
            planner,
            requestOf({ ...options, ...defined({ threads: options.threads ?? settings.threads }) }),
          )),
    }),
  );
  requireRuns(plan);
  const identities = await identify(plan, registry);
  const directory = options.out === undefined ? defaultReportDirectory(cwd) : path.resolve(cwd, options.out);
  const asked = options.jobs ?? 1;
  const isSaved = options.saveParams ? savedIn(directory) : undefined;

  if (options.dryRun) {
    const store = options.fresh ? Store.empty(directory) : Store.open(directory);
    const decisions = decide(plan.cells, identities, store, retry, isSaved);
    const time = forecast(plan, decisions, store);
    const jobs = jobsFor(asked, unstored(plan, decisions));
    printJsonOr(
      context,
      options,
      { ...plan, stored: storedCount(decisions), damage: store.damage, forecast: time },
      () => renderPlan(plan, decisions, time, jobs, screen.out),
    );
    if (!options.json)
      printLines(screen.err, [...choiceNotes(plan), ...emptyShardNotes(plan), ...explain(decisions, store)]);
    return 0;
  }
  requireRoom(directory);
  const aside = options.fresh ? setStoreAside(directory) : undefined;
  const store = Store.open(directory);
  const decisions = decide(plan.cells, identities, store, retry, isSaved);
  const todo = unstored(plan, decisions);
  const jobs = jobsFor(asked, todo);
  const frame = await reportFrame(options.title ?? plan.title, plan.engines, jobs, locations, context);
  const { environment } = frame;
  printLines(screen.err, [
    ...registry.notes,
    ...brokenNotes(registry),
    ...choiceNotes(plan),
    ...(aside === undefined ? [] : [`stored runs set aside: ${fromHere(aside, cwd)}`]),
    ...emptyShardNotes(plan),
    ...explain(decisions, store),
    ...jobsNotes(asked, jobs),
    ...(todo.length === 0 ? [] : busyNotes(environment)),
  ]);
  if (settings !== undefined) {
    const { submitGrid } = await import('./grid-command.js');
    const plugins = (options.plugin ?? []).map((place) => path.resolve(cwd, place));
    const input = { plan, identities, decisions, registry, settings, plugins, title: frame.title };
    return submitGrid(directory, input, options, context);
  }
  const found = { ...locations, plugins: registry.plugins };
  const saveIn = options.saveParams ? directory : undefined;
  const recording = {
    identities,
    decisions,
    store,
    locations: found,
    environment,
    jobs,
    ...defined({ saveIn }),
  };
  const { outcomes, stopped } = await runBeforeUser(plan, recording, {
    reportOf: (ended) => assembleReport(plan, ended, frame),
    directory,
    sink: screen.err,
    quiet: options.quiet ?? false,
  }).finally(() => store.close());

  const report = assembleReport(plan, outcomes, frame);
  const files = await writeAtEnd(report, directory);
  printReport(context, options, report, () => renderLeaderboards(report, screen.out));
  printLines(screen.err, [...distrustNotes(outcomes), ...printedNotes(outcomes, options.verbose ?? false)]);
  printPlace(context, options, 'report', files.html);
  if (options.saveParams) printPlace(context, options, 'parameters', path.join(directory, 'params'));
  if (stopped) screen.err.write('stopped; the report holds the finished runs\n');
  if (store.wasRemoved) throw removedError(directory);
  return stopped ? STOPPED : brokenRuns(report).length > 0 ? FAILED : 0;
}

/** The grid file of --grid; undefined without it. @throws GaussmarkError if it is wrong, or contradicts other options */
async function gridOf(options: RunOptions, cwd: string): Promise<GridSettings | undefined> {
  if (options.grid === undefined) return undefined;
  (await import('./grid-command.js')).requireGridOptions(options);
  return readGridFile(path.resolve(cwd, options.grid), options.grid);
}

/** With more shards than runs, some shards are empty. */
function emptyShardNotes({ cells, ofAllShards }: Plan): string[] {
  if (cells.length > 0 || ofAllShards === undefined) return [];
  return [`this shard is empty: all shards together have ${formatQuantity(ofAllShards, 'run')}`];
}

/** @throws GaussmarkError if every pair is skipped: the request must be wrong */
function requireRuns({ cells, skipped, ofAllShards = 0 }: Plan): void {
  if (cells.length > 0 || ofAllShards > 0) return;
  const pairs = skipped.map(({ problem, optimizer, reason }) => `${problem}, ${optimizer}: ${reason}`);
  throw new GaussmarkError('nothing can run: every pair of the plan is skipped', {
    got:
      pairs.length > 3 ? [...pairs.slice(0, 3), `and ${pairs.length - 3} more`].join('; ') : pairs.join('; '),
    remedy: 'choose a problem, model and optimizer that fit together',
  });
}

const EXAMPLES = [
  [
    "bench run --problem mnist --optimizer 'sgn[cgIterations=3,5,10]' --optimizer 'sgd[learningRate=0.1,1]' --epochs 10 --seeds 5",
    'five optimizers on mnist, five seeds each',
  ],
  [
    "bench run --problem 'mnist[batchSize=100,model=mlp[hidden=[64]]]' --seconds 20",
    'another batch size and network, 20 seconds each',
  ],
  [
    "bench run --problem 'csv[path=houses.csv,task=regression,target=price]+mlp[hidden=[64,64]]' --batch-size 64",
    'your own data and network',
  ],
  [
    'bench run --plugin ./my-optimizer --optimizer my-optimizer,sgn --problem sine10',
    'your own optimizer against sgn',
  ],
  ['bench run --problem boston --json --quiet > report.json', 'the report for another program'],
] as const;

const NOTES = `
Select a plugin by name, optionally with hyperparameters in brackets: 'sgd[learningRate=0.1,1,momentum=0.9]'.
Lists of values are tried in every combination. Quote brackets for the shell.
--engine auto times a few steps on every engine here and takes the fastest for each problem.
The profile supplies everything you leave out. Problems named here use their own budgets unless you set one.

Each run is stored as soon as it ends. The same command resumes from there: it runs what is missing, reruns what changed
(settings, data or code), and reports why.

Exit codes:
  0    done (a diverged run is a result)
  1    a run failed
  2    wrong input; nothing ran
  3    results could not be written (disk full); stored runs are intact
  130  stopped with Ctrl-C; finished runs are stored and reported`;
