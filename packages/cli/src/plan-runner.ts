// Running a plan before a user: progress, Ctrl-C, a report that is saved meanwhile, and words on timings not to trust.

import type { Report, ReportEnvironment } from '@gaussmark/analysis';
import { GaussmarkError, StorageError } from '@gaussmark/core';
import { type Plan, type RecordingOptions, type ReportedOutcome, runAndRecord } from '@gaussmark/harness';
import { type ReportFiles, writeReport } from '@gaussmark/report';
import { brokenRuns } from './leaderboard-view.js';
import { progressOn } from './progress.js';
import type { Sheet } from './screen.js';
import { stoppable } from './stopping.js';

export type Recording = Omit<RecordingOptions, 'signal' | 'onEvent' | 'save'>;

export interface ShownRun {
  /** The report of what there is so far. */
  readonly reportOf: (outcomes: readonly ReportedOutcome[]) => Report;
  /** Where it goes. */
  readonly directory: string;
  readonly sheet: Sheet;
  readonly quiet: boolean;
}

/**
 * Runs what of a plan is not stored, and saves the report after each cell; Ctrl-C ends the cells at hand and cancels the
 * others, a second one leaves at once.
 *
 * @throws StorageError if a run cannot be stored
 */
export async function runBeforeUser(
  plan: Plan,
  recording: Recording,
  { reportOf, directory, sheet, quiet }: ShownRun,
): Promise<{ outcomes: ReportedOutcome[]; stopped: boolean }> {
  const todo = unstored(plan, recording.decisions);
  const progress = progressOn(sheet, todo, recording.jobs, quiet);
  const run = async (signal: AbortSignal) => {
    const outcomes = await runAndRecord(plan, {
      ...recording,
      signal,
      onEvent: (event) => progress.update(event),
      save: saver(reportOf, directory, (text) => progress.note(text)),
    });
    return { outcomes, stopped: signal.aborted };
  };
  try {
    return await stoppable(run, () => progress.note('stopping; Ctrl-C again to leave at once'));
  } finally {
    progress.stop();
  }
}

/** The cells of a plan that have to run. */
export const unstored = ({ cells }: Plan, decisions: Recording['decisions']) =>
  cells.filter((_, i) => decisions[i]!.kind !== 'stored');

/** What became of --jobs. */
export function jobsNotes(asked: number, jobs: number): string[] {
  if (asked <= jobs) return [];
  return [
    `at most ${jobs} ${jobs === 1 ? 'run takes' : 'runs take'} place at once, not ${asked}: there are no more`,
  ];
}

/** Share of the time that goes into saving a report of what there is so far. */
const SAVING_SHARE = 0.05;

/** Writes the report after a cell, unless it would take too much of the time; the runs themselves are stored already. */
function saver(
  reportOf: ShownRun['reportOf'],
  directory: string,
  note: (text: string) => void,
): RecordingOptions['save'] {
  let next = 0;
  let warned = false;
  return async (outcomes) => {
    const start = performance.now();
    if (start < next) return;
    try {
      await writeReport(reportOf(outcomes()), directory);
    } catch (error) {
      if (error instanceof GaussmarkError) throw error;
      if (!warned) note(`the report could not be saved: ${(error as Error).message}`);
      warned = true;
    }
    const end = performance.now();
    next = end + (end - start) / SAVING_SHARE;
  };
}

/**
 * Writes the report at the end.
 *
 * @throws StorageError if the file system does not let it: its runs are stored; GaussmarkError (`internal:`) for an invalid
 *   report
 */
export async function writeAtEnd(report: Report, directory: string): Promise<ReportFiles> {
  try {
    return await writeReport(report, directory);
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    const next = 'its runs are stored, and the same command writes it from them';
    throw new StorageError(`${error.message}; ${next}`, { cause: error });
  }
}

/** Somebody removed stored runs meanwhile: the report is whole, and what else the store held may be lost. */
export function removedError(directory: string): StorageError {
  return new StorageError(
    `stored runs in ${directory} were removed, moved or cut while this command ran. The runs of its plan were stored ` +
      'again, and its report is whole; others that were stored there may be missing',
  );
}

/** Load of a machine that nobody uses. */
const IDLE_LOAD = 0.5;

/** A machine that is busy before anything runs will not give timings that can be trusted. */
export function busyNotes(
  { cores, threads, loadAverage }: ReportEnvironment,
  advice = 'do not trust timings',
): string[] {
  const [load = 0] = loadAverage;
  if (load <= cores - threads + IDLE_LOAD) return [];
  return [
    `this machine is busy: a load of ${load.toFixed(1)} on ${cores} ${cores === 1 ? 'processor' : 'processors'}, ` +
      `and ${threads === 1 ? '1 is' : `${threads} are`} wanted for what is timed; ${advice}`,
  ];
}

/** Why timings should not be trusted, equal reasons together. */
export function distrustNotes(outcomes: readonly ReportedOutcome[]): string[] {
  const distrusted = outcomes.filter(({ conditions }) => conditions?.distrust !== undefined);
  if (distrusted.length === 0) return [];
  const example = distrusted[0]!.conditions!.distrust!;
  const runs = distrusted.length === 1 ? '1 run' : `${distrusted.length} runs`;
  return [`the timings of ${runs} of ${outcomes.length} should not be trusted (${example})`];
}

/** Whether any of the runs of a report broke; a divergence is a result. */
export function anyBroke(report: Report): boolean {
  return brokenRuns(report).length > 0;
}
