// `bench run`: plan, run, report.

import path from 'node:path';
import { GaussmarkError } from '@gaussmark/core';
import { type Report, renderJson, writeReport } from '@gaussmark/report';
import { assembleReport, type ReportFrame } from '../assemble.js';
import { describeEnvironment } from '../environment.js';
import { limitsOf } from '../isolation/limits.js';
import { makePlan, type Plan } from '../plan/plan.js';
import { demandWritable } from '../report-directory.js';
import { type CellOutcome, runPlan } from '../run-plan.js';
import { defaultReportDirectory, surroundingsOf } from '../surroundings.js';
import type { CommandContext } from './context.js';
import { renderLeaderboards, wrap } from './leaderboard-view.js';
import { type PlanOptions, requestOf } from './options.js';
import { type Progress, progressOn } from './progress.js';
import { brokenNotes, demandGivenPlugins, findPlugins } from './registry.js';
import { renderTable } from './table.js';

export interface RunOptions extends PlanOptions {
  readonly out?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly dryRun?: boolean;
  readonly title?: string;
}

const FAILED = 1;
/** The exit code of a command that the user stopped, as shells have it (128 + SIGINT). */
const STOPPED = 130;

/**
 * Runs a benchmark.
 *
 * @returns the exit code: 0; 1 if a run failed (a divergence is a result); 130 if the user stopped it
 * @throws GaussmarkError for wrong input, before anything runs.
 */
export async function runCommand(options: RunOptions, context: CommandContext): Promise<number> {
  const { cwd, screen } = context;
  const surroundings = surroundingsOf(cwd, options.plugin);
  const registry = await findPlugins(surroundings);
  demandGivenPlugins(registry);
  const plan = await makePlan(requestOf(options), registry, surroundings);
  if (options.dryRun) {
    screen.out.write(options.json ? `${JSON.stringify(plan, null, 2)}\n` : renderPlan(plan, context));
    return 0;
  }
  const directory = options.out === undefined ? defaultReportDirectory(cwd) : path.resolve(cwd, options.out);
  await demandWritable(directory);

  const frame: ReportFrame = {
    title: options.title ?? plan.title,
    created: new Date(),
    command: ['bench', ...context.args],
    environment: await describeEnvironment(plan.engines, surroundings.workspaceRoot ?? cwd),
  };
  for (const note of [...registry.notes, ...brokenNotes(registry)]) screen.err.write(`${note}\n`);
  const progress = progressOn(screen.err, plan.cells, options.quiet ?? false);
  const { outcomes, stopped } = await runUntilStopped(plan, frame, directory, surroundings, progress);

  const report = assembleReport(plan, outcomes, frame);
  screen.out.write(options.json ? renderJson(report) : `${renderLeaderboards(report, screen.out)}\n\n`);
  try {
    const files = await writeReport(report, directory);
    (options.json ? screen.err : screen.out).write(`report: ${shown(files.html, cwd)}\n`);
  } catch (error) {
    if (error instanceof GaussmarkError) throw error;
    screen.err.write(`error: the report could not be written: ${(error as Error).message}\n`);
    return FAILED;
  }
  if (stopped) screen.err.write('stopped; the report holds the runs that had ended\n');
  return stopped ? STOPPED : exitCodeOf(report);
}

function exitCodeOf({ runs }: Report): number {
  return runs.some(({ status }) => ['failed', 'timeout', 'out-of-memory'].includes(status)) ? FAILED : 0;
}

/** Runs the plan and saves after each cell; Ctrl-C ends the cell at hand and cancels the others. */
async function runUntilStopped(
  plan: Plan,
  frame: ReportFrame,
  directory: string,
  surroundings: Parameters<typeof runPlan>[1]['surroundings'],
  progress: Progress,
): Promise<{ outcomes: CellOutcome[]; stopped: boolean }> {
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
    const stepsPerEpoch = new Map(plan.problems.map((problem) => [problem.name, problem.stepsPerEpoch]));
    const ended: CellOutcome[] = [];
    const save = saver(plan, frame, directory, progress);
    const outcomes = await runPlan(plan.cells, {
      surroundings,
      signal: controller.signal,
      jobs: 1,
      limits: (cell) => limitsOf(cell, stepsPerEpoch.get(cell.problem.name)!, 1),
      onEvent: (event) => progress.update(event),
      record: async (outcome) => {
        ended.push(outcome);
        await save(ended);
      },
    });
    return { outcomes, stopped: controller.signal.aborted };
  } finally {
    progress.stop();
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}

/** Share of the time that goes into saving what there is so far. */
const SAVING_SHARE = 0.05;

/** Saves after a cell, unless it would take too much of the time; a disk that is full for now does not end the run. */
function saver(plan: Plan, frame: ReportFrame, directory: string, progress: Progress) {
  let next = 0;
  let warned = false;
  return async (ended: readonly CellOutcome[]): Promise<void> => {
    const start = performance.now();
    if (start < next) return;
    try {
      await writeReport(assembleReport(plan, ended, frame), directory);
    } catch (error) {
      if (error instanceof GaussmarkError) throw error;
      if (!warned) progress.note(`the report could not be saved: ${(error as Error).message}`);
      warned = true;
    }
    const end = performance.now();
    next = end + (end - start) / SAVING_SHARE;
  };
}

function renderPlan(plan: Plan, { screen: { out } }: CommandContext): string {
  const groups = new Map<string, { count: number; row: string[] }>();
  for (const { problem, label, budget } of plan.cells) {
    const limits = Object.entries(budget).map(([unit, limit]) => `${limit} ${unit}`);
    const row = [problem.name, label, problem.dtype, limits.join(' or ')];
    const key = row.join('\n');
    groups.set(key, { row, count: (groups.get(key)?.count ?? 0) + 1 });
  }
  const rows = [...groups.values()].map(({ row, count }) => [...row, String(count)]);
  const columns = [
    { title: 'problem' },
    { title: 'optimizer' },
    { title: 'dtype' },
    { title: 'budget' },
    { title: 'runs', align: 'right' as const },
  ];
  const skipped = plan.skipped.map(({ problem, optimizer, reason }) =>
    wrap(`skipped: ${problem}, ${optimizer}: ${reason}`, out.columns, '  '),
  );
  const total = `${plan.cells.length} ${plan.cells.length === 1 ? 'run' : 'runs'}; nothing was run (--dry-run)`;
  return `${[renderTable(columns, rows, out.colors), ...skipped, '', total].join('\n')}\n`;
}

/** A path as short as it can be from where the user is. */
export function shown(file: string, cwd: string): string {
  const relative = path.relative(cwd, file);
  return relative.startsWith('..') ? file : relative;
}
