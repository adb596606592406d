// Runs a plan with progress, Ctrl-C and a report saved along the way; notes on timings that cannot be trusted.

import type { Report, ReportEnvironment } from '@gaussmark/analysis';
import { formatQuantity } from '@gaussmark/analysis/words';
import { GaussmarkError, StorageError } from '@gaussmark/core';
import { type Plan, type RecordingOptions, type ReportedOutcome, runAndRecord } from '@gaussmark/harness';
import { type ReportFiles, writeReport } from '@gaussmark/report';
import { progressOn } from './progress.js';
import type { Sink } from './screen.js';
import { stoppable } from './stopping.js';

export type Recording = Omit<RecordingOptions, 'signal' | 'onEvent' | 'save'>;

export interface RunDisplay {
  /** The report of the runs so far. */
  readonly reportOf: (outcomes: readonly ReportedOutcome[]) => Report;
  /** The report's directory. */
  readonly directory: string;
  readonly sink: Sink;
  readonly quiet: boolean;
}

/**
 * Runs the cells that are not stored, saving the report along the way. Ctrl-C ends the current cells and cancels the
 * rest; a second Ctrl-C exits at once.
 *
 * @throws StorageError if a run cannot be stored
 */
export async function runBeforeUser(
  plan: Plan,
  recording: Recording,
  { reportOf, directory, sink, quiet }: RunDisplay,
): Promise<{ outcomes: ReportedOutcome[]; stopped: boolean }> {
  const todo = unstored(plan, recording.decisions);
  const progress = progressOn(sink, todo, recording.jobs, quiet);
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
    return await stoppable(run, () => progress.note('stopping; press Ctrl-C again to quit at once'));
  } finally {
    progress.stop();
  }
}

/** The cells that have to run. */
export const unstored = ({ cells }: Plan, decisions: Recording['decisions']) =>
  cells.filter((_, i) => decisions[i]!.kind !== 'stored');

export const storedCount = (decisions: Recording['decisions']): number =>
  decisions.filter(({ kind }) => kind === 'stored').length;

/** Explains a reduced --jobs. */
export function jobsNotes(asked: number, jobs: number): string[] {
  return asked <= jobs ? [] : [`--jobs reduced from ${asked} to ${jobs}: no more runs to do`];
}

/** Share of the time spent on saving intermediate reports. */
const SAVING_SHARE = 0.05;

/** Writes the report after a cell, unless that takes too much time; the runs are stored anyway. */
function saver(
  reportOf: RunDisplay['reportOf'],
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
 * Writes the final report.
 *
 * @throws StorageError if it cannot be written; GaussmarkError (`internal:`) if it is invalid
 */
export async function writeAtEnd(report: Report, directory: string): Promise<ReportFiles> {
  try {
    return await writeReport(report, directory);
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    const next = 'its runs are stored; the same command rebuilds it from them';
    throw new StorageError(`${error.message}; ${next}`, { cause: error });
  }
}

/** For a store that lost records while the command ran. */
export function removedError(directory: string): StorageError {
  return new StorageError(
    `stored runs in ${directory} were removed, moved or truncated while this command ran. Its own runs were stored ` +
      'again and its report is complete; other runs stored there may be missing',
  );
}

/** Load of an idle machine. */
const IDLE_LOAD = 0.5;

/** Warns of a machine that is busy before anything runs. */
export function busyNotes(
  { cores, threads, loadAverage }: ReportEnvironment,
  advice = 'do not trust timings',
): string[] {
  const [load = 0] = loadAverage;
  if (load <= cores - threads + IDLE_LOAD) return [];
  return [
    `this machine is busy (load ${load.toFixed(1)} on ${formatQuantity(cores, 'processor')}, ${threads} needed): ${advice}`,
  ];
}

/** Warns of runs whose timings cannot be trusted, with the first reason. */
export function distrustNotes(outcomes: readonly ReportedOutcome[]): string[] {
  const distrusted = outcomes.filter(({ conditions }) => conditions?.distrust !== undefined);
  if (distrusted.length === 0) return [];
  const example = distrusted[0]!.conditions!.distrust!;
  return [
    `do not trust the timings of ${distrusted.length} of ${formatQuantity(outcomes.length, 'run')} (${example})`,
  ];
}
