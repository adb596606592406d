// `bench run`: plan, run what is not stored yet, report.

import path from 'node:path';
import { GaussmarkError } from '@gaussmark/core';
import { type Report, renderJson, writeReport } from '@gaussmark/report';
import { assembleReport, type ReportedOutcome, type ReportFrame } from '../assemble.js';
import { describeEnvironment } from '../environment.js';
import { makePlan, type Plan } from '../plan/plan.js';
import { demandWritable } from '../report-directory.js';
import { type RecordingOptions, runAndRecord } from '../run-and-record.js';
import { identify } from '../store/identity.js';
import { StorageError } from '../store/record-writer.js';
import { decide, explain } from '../store/resume.js';
import { Store, setStoreAside } from '../store/store.js';
import { defaultReportDirectory, surroundingsOf } from '../surroundings.js';
import { forecast } from '../time-forecast.js';
import type { CommandContext } from './context.js';
import { renderLeaderboards } from './leaderboard-view.js';
import { requestOf } from './options.js';
import { renderPlan } from './plan-view.js';
import { type Progress, progressOn } from './progress.js';
import { brokenNotes, demandGivenPlugins, findPlugins } from './registry.js';
import { type RunOptions, retriesOf } from './run-options.js';

const FAILED = 1;
/** Results could not be written: the disk is full, or gone. */
const UNSTORED = 3;
/** The exit code of a command that the user stopped, as shells have it (128 + SIGINT). */
const STOPPED = 130;

/**
 * Runs a benchmark. Runs that are stored beside the report, and that nothing has changed for, are not made again.
 *
 * @returns the exit code: 0; 1 if a run failed (a divergence is a result); 3 if results could not be written; 130 if the
 * user stopped it
 * @throws GaussmarkError for wrong input, before anything runs.
 */
export async function runCommand(options: RunOptions, context: CommandContext): Promise<number> {
  const { cwd, screen } = context;
  const retry = retriesOf(options);
  const surroundings = surroundingsOf(cwd, options.plugin);
  const registry = await findPlugins(surroundings);
  demandGivenPlugins(registry);
  const plan = await makePlan(requestOf(options), registry, surroundings);
  const identities = await identify(plan, registry);
  const directory = options.out === undefined ? defaultReportDirectory(cwd) : path.resolve(cwd, options.out);
  const jobs = options.jobs ?? 1;

  if (options.dryRun) {
    const store = options.fresh ? Store.empty(directory) : Store.open(directory);
    const decisions = decide(plan.cells, identities, store, retry);
    const time = forecast(plan, decisions, store);
    if (options.json) {
      const stored = decisions.filter(({ kind }) => kind === 'stored').length;
      screen.out.write(`${JSON.stringify({ ...plan, stored, forecast: time }, null, 2)}\n`);
    } else {
      screen.out.write(renderPlan(plan, decisions, time, jobs, screen.out));
      for (const line of explain(decisions, store)) screen.err.write(`${line}\n`);
    }
    return 0;
  }
  await demandWritable(directory);
  const aside = options.fresh ? setStoreAside(directory) : undefined;
  const store = Store.open(directory);
  const decisions = decide(plan.cells, identities, store, retry);

  const frame: ReportFrame = {
    title: options.title ?? plan.title,
    created: new Date(),
    command: ['bench', ...context.args],
    environment: await describeEnvironment(plan.engines, surroundings.workspaceRoot ?? cwd, jobs),
  };
  const notes = [
    ...registry.notes,
    ...brokenNotes(registry),
    ...(aside === undefined ? [] : [`the runs that were stored are kept in ${shown(aside, cwd)}`]),
    ...explain(decisions, store),
    ...busyNote(
      frame,
      decisions.every(({ kind }) => kind === 'stored'),
    ),
  ];
  for (const note of notes) screen.err.write(`${note}\n`);
  const todo = plan.cells.filter((_, i) => decisions[i]!.kind !== 'stored');
  const progress = progressOn(screen.err, todo, jobs, options.quiet ?? false);
  const { environment } = frame;
  const found = { ...surroundings, plugins: registry.plugins };
  const recording = { identities, decisions, store, surroundings: found, environment, jobs };
  let outcomes: ReportedOutcome[];
  let stopped: boolean;
  try {
    ({ outcomes, stopped } = await runUntilStopped(plan, frame, directory, recording, progress));
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    screen.err.write(`${screen.err.colors.red('error:')} ${error.message}\n`);
    return UNSTORED;
  } finally {
    store.close();
  }

  const report = assembleReport(plan, outcomes, frame);
  screen.out.write(options.json ? renderJson(report) : `${renderLeaderboards(report, screen.out)}\n\n`);
  for (const note of distrustNotes(outcomes)) screen.err.write(`${note}\n`);
  try {
    const files = await writeReport(report, directory);
    (options.json ? screen.err : screen.out).write(`report: ${shown(files.html, cwd)}\n`);
  } catch (error) {
    if (error instanceof GaussmarkError) throw error;
    screen.err.write(
      `error: the report could not be written: ${(error as Error).message}; its runs are stored, ` +
        'and the same command writes it from them\n',
    );
    return UNSTORED;
  }
  if (stopped) screen.err.write('stopped; the report holds the runs that had ended\n');
  return stopped ? STOPPED : exitCodeOf(report);
}

function exitCodeOf({ runs }: Report): number {
  return runs.some(({ status }) => ['failed', 'timeout', 'out-of-memory'].includes(status)) ? FAILED : 0;
}

/** A machine that is busy before anything runs will not give timings that can be trusted. */
function busyNote(
  { environment: { cores, threads, loadAverage } }: ReportFrame,
  nothingRuns: boolean,
): string[] {
  const [load = 0] = loadAverage;
  if (nothingRuns || load <= cores - threads) return [];
  return [
    `this machine is busy: a load of ${load.toFixed(1)} on ${cores} ${cores === 1 ? 'processor' : 'processors'}, ` +
      `and a run wants ${threads} for itself; do not trust timings`,
  ];
}

/** Why timings should not be trusted, equal reasons together. */
function distrustNotes(outcomes: readonly ReportedOutcome[]): string[] {
  const distrusted = outcomes.filter(({ conditions }) => conditions?.distrust !== undefined);
  if (distrusted.length === 0) return [];
  const example = distrusted[0]!.conditions!.distrust!;
  const runs = distrusted.length === 1 ? '1 run' : `${distrusted.length} runs`;
  return [`the timings of ${runs} of ${outcomes.length} should not be trusted (${example})`];
}

/** Runs the plan and saves after each cell; Ctrl-C ends the cells at hand and cancels the others. */
async function runUntilStopped(
  plan: Plan,
  frame: ReportFrame,
  directory: string,
  recording: Omit<RecordingOptions, 'signal' | 'onEvent' | 'save'>,
  progress: Progress,
): Promise<{ outcomes: ReportedOutcome[]; stopped: boolean }> {
  const controller = new AbortController();
  const stop = () => {
    // The second Ctrl-C does not wait.
    if (controller.signal.aborted) process.exit(STOPPED);
    progress.note('stopping; Ctrl-C again to leave at once');
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    const outcomes = await runAndRecord(plan, {
      ...recording,
      signal: controller.signal,
      onEvent: (event) => progress.update(event),
      save: saver(plan, frame, directory, progress),
    });
    return { outcomes, stopped: controller.signal.aborted };
  } finally {
    progress.stop();
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}

/** Share of the time that goes into saving a report of what there is so far. */
const SAVING_SHARE = 0.05;

/** Writes the report after a cell, unless it would take too much of the time; the runs themselves are stored already. */
function saver(
  plan: Plan,
  frame: ReportFrame,
  directory: string,
  progress: Progress,
): RecordingOptions['save'] {
  let next = 0;
  let warned = false;
  return async (outcomes) => {
    const start = performance.now();
    if (start < next) return;
    try {
      await writeReport(assembleReport(plan, outcomes(), frame), directory);
    } catch (error) {
      if (error instanceof GaussmarkError) throw error;
      if (!warned) progress.note(`the report could not be saved: ${(error as Error).message}`);
      warned = true;
    }
    const end = performance.now();
    next = end + (end - start) / SAVING_SHARE;
  };
}

/** A path as short as it can be from where the user is. */
export function shown(file: string, cwd: string): string {
  const relative = path.relative(cwd, file);
  return relative.startsWith('..') ? file : relative;
}
