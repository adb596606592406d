// `bench run`: plan, run what is not stored yet, report.

import path from 'node:path';
import { GaussmarkError } from '@gaussmark/core';
import {
  assembleReport,
  decide,
  defaultReportDirectory,
  describeEnvironment,
  explain,
  forecast,
  identify,
  jobsFor,
  locationsOf,
  PLAN,
  type Plan,
  plannerIn,
  type ReportedOutcome,
  type ReportFrame,
  Store,
  setStoreAside,
} from '@gaussmark/harness';
import { renderJson } from '@gaussmark/report';
import type { CommandContext } from './context.js';
import { FAILED, STOPPED } from './exit-codes.js';
import { chunksOf, keepReport, keptReport, madeRuns, storedRuns, substanceOf } from './kept-report.js';
import { renderShown, type ShownReport, shownOf } from './leaderboard-view.js';
import { requestOf } from './options.js';
import {
  busyNotes,
  distrustNotes,
  jobsNotes,
  removedError,
  runBeforeUser,
  unstored,
  writeAtEnd,
} from './plan-runner.js';
import { renderPlan } from './plan-view.js';
import { printedNotes, withPluginWorker } from './plugin-worker.js';
import { brokenNotes, demandGivenPlugins, findPlugins } from './registry.js';
import { demandRoom } from './report-directory.js';
import { type RunOptions, retriesOf } from './run-options.js';

/**
 * Runs a benchmark. Runs that are stored beside the report, and that nothing has changed for, are not repeated.
 *
 * @returns the exit code: 0; 1 if a run failed (a divergence is a result); 3 if results could not be written; 130 if the
 * user stopped it
 * @throws GaussmarkError for wrong input, before anything runs.
 */
export async function runCommand(options: RunOptions, context: CommandContext): Promise<number> {
  const { cwd, screen } = context;
  const retry = retriesOf(options);
  const locations = locationsOf(cwd, options.plugin);
  const planning = { purpose: 'planning', prepare: PLAN, limits: options } as const;
  const { registry, plan } = await withPluginWorker(planning, screen.err, async (host) => {
    const found = await findPlugins(locations);
    demandGivenPlugins(found);
    return { registry: found, plan: await plannerIn(host, found, locations)(requestOf(options)) };
  });
  demandRuns(plan);
  const identities = await identify(plan, registry);
  const directory = options.out === undefined ? defaultReportDirectory(cwd) : path.resolve(cwd, options.out);
  const asked = options.jobs ?? 1;

  if (options.dryRun) {
    const store = options.fresh ? Store.empty(directory) : Store.open(directory);
    const decisions = decide(plan.cells, identities, store, retry);
    const time = forecast(plan, decisions, store);
    if (options.json) {
      const stored = decisions.filter(({ kind }) => kind === 'stored').length;
      screen.out.writeDocument(
        `${JSON.stringify({ ...plan, stored, damage: store.damage, forecast: time }, null, 2)}\n`,
      );
    } else {
      const jobs = jobsFor(asked, unstored(plan, decisions));
      screen.out.write(renderPlan(plan, decisions, time, jobs, screen.out));
      for (const line of [...emptyShardNotes(plan), ...explain(decisions, store)])
        screen.err.write(`${line}\n`);
    }
    return 0;
  }
  demandRoom(directory);
  const aside = options.fresh ? setStoreAside(directory) : undefined;
  const store = Store.open(directory);
  const decisions = decide(plan.cells, identities, store, retry);

  const jobs = jobsFor(asked, unstored(plan, decisions));
  const title = options.title ?? plan.title;
  const done = storedRuns(decisions);
  const notes = [
    ...registry.notes,
    ...brokenNotes(registry),
    ...(aside === undefined ? [] : [`the runs that were stored are kept in ${shown(aside, cwd)}`]),
    ...emptyShardNotes(plan),
    ...explain(decisions, store),
    ...jobsNotes(asked, jobs),
  ];
  for (const note of notes) screen.err.write(`${note}\n`);
  const kept =
    done === undefined ? undefined : keptReport<KeptOutcome>(directory, substanceOf(plan, done, title));
  if (kept !== undefined) return showKept(kept, options, context);

  const frame: ReportFrame = {
    title,
    created: new Date(),
    command: ['bench', ...context.args],
    environment: await describeEnvironment(plan.engines, locations.workspaceRoot ?? cwd, jobs),
  };
  if (done === undefined) for (const note of busyNotes(frame.environment)) screen.err.write(`${note}\n`);
  const { environment } = frame;
  const found = { ...locations, plugins: registry.plugins };
  const recording = { identities, decisions, store, locations: found, environment, jobs };
  let outcomes: ReportedOutcome[];
  let stopped: boolean;
  try {
    ({ outcomes, stopped } = await runBeforeUser(plan, recording, {
      reportOf: (ended) => assembleReport(plan, ended, frame),
      directory,
      sheet: screen.err,
      quiet: options.quiet ?? false,
    }));
  } finally {
    store.close();
  }

  const report = assembleReport(plan, outcomes, frame);
  const outcome: KeptOutcome = {
    shown: shownOf(report),
    notes: [...distrustNotes(outcomes), ...printedNotes(outcomes)],
  };
  const files = await writeAtEnd(report, directory);
  const made = madeRuns(outcomes, identities);
  if (made !== undefined) keepReport(directory, substanceOf(plan, made, title), files, outcome);
  if (options.json) screen.out.writeDocument(renderJson(report));
  else screen.out.write(`${renderShown(outcome.shown, screen.out)}\n\n`);
  for (const note of outcome.notes) screen.err.write(`${note}\n`);
  (options.json ? screen.err : screen.out).write(`report: ${shown(files.html, cwd)}\n`);
  if (stopped) screen.err.write('stopped; the report holds the runs that had ended\n');
  if (store.wasRemoved) throw removedError(directory);
  return stopped ? STOPPED : outcome.shown.failed.length > 0 ? FAILED : 0;
}

interface KeptOutcome {
  readonly shown: ShownReport;
  readonly notes: readonly string[];
}

/** Shows a report that is already there and would come out the same. */
async function showKept(
  { files, shown: { shown: boards, notes } }: NonNullable<ReturnType<typeof keptReport<KeptOutcome>>>,
  { json }: RunOptions,
  { cwd, screen }: CommandContext,
): Promise<number> {
  if (json) screen.out.writeDocument(chunksOf(files.json));
  else screen.out.write(`${renderShown(boards, screen.out)}\n\n`);
  for (const note of notes) screen.err.write(`${note}\n`);
  (json ? screen.err : screen.out).write(
    `report: ${shown(files.html, cwd)}, up to date (bench report renders it again)\n`,
  );
  return boards.failed.length > 0 ? FAILED : 0;
}

/** A shard may hold nothing, as where there are more shards than runs: the others hold all. */
function emptyShardNotes({ cells, ofAllShards }: Plan): string[] {
  if (cells.length > 0 || ofAllShards === undefined) return [];
  return [`this shard holds none of the ${ofAllShards} ${ofAllShards === 1 ? 'run' : 'runs'}`];
}

/** A plan in which nothing fits together is a mistake in the request, however each pair came to be skipped. */
function demandRuns({ cells, skipped, ofAllShards = 0 }: Plan): void {
  if (cells.length > 0 || ofAllShards > 0) return;
  const pairs = skipped.map(({ problem, optimizer, reason }) => `${problem}, ${optimizer}: ${reason}`);
  throw new GaussmarkError('nothing can run: every pair of the plan is skipped', {
    got:
      pairs.length > 3 ? [...pairs.slice(0, 3), `and ${pairs.length - 3} more`].join('; ') : pairs.join('; '),
    remedy: 'change the problem, its model or the optimizer so that they fit',
  });
}

/** A path as short as it can be from where the user is. */
export function shown(file: string, cwd: string): string {
  const relative = path.relative(cwd, file);
  return relative.startsWith('..') ? file : relative;
}
