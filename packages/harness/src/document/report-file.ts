// Reads reports: report.json of any length, or the stored runs beside it if it is missing or damaged.

import { stat } from 'node:fs/promises';
import path from 'node:path';
import { type Report, reportIssues, upgradedReport, validateReport } from '@gaussmark/analysis';
import { formatIssue, GaussmarkError, isMissingFile, parseJson, readJson } from '@gaussmark/core';
import { linesOf } from '../store/lines.js';
import { explainDamage } from '../store/resume.js';
import { STORE_FOLDER, Store } from '../store/store.js';
import { reportOfStore } from './store-report.js';

/** The most bytes read in one piece: half of what a string can hold. */
const WHOLE_UP_TO = 2 ** 28;

export interface RestoreOptions {
  /** The base of relative paths. */
  readonly cwd: string;
  /** The command's arguments, for the report. */
  readonly args: readonly string[];
  /** Receives notes on missing or damaged parts. */
  readonly note: (line: string) => void;
}

/**
 * The report in a directory or a file. If it is missing or damaged, the report of the runs stored beside it.
 *
 * @throws GaussmarkError if there is neither
 */
export async function readReportOrStore(place: string, { cwd, args, note }: RestoreOptions): Promise<Report> {
  let error: GaussmarkError;
  try {
    return await readReport(place, cwd);
  } catch (thrown) {
    if (!(thrown instanceof GaussmarkError)) throw thrown;
    error = thrown;
  }
  const store = Store.open(path.dirname(await reportFileOf(place, cwd)));
  if (store.count === 0) throw error;
  const report = validateReport(reportOfStore(store, { created: new Date(), command: ['bench', ...args] }));
  for (const line of explainDamage(store.damage)) note(line);
  if (!isAbsent(error)) {
    note(
      `${error.summary}${error.got === undefined ? '' : ` (${error.got})`}: rebuilt from the ${report.runs.length} runs stored beside it; ` +
        'skipped pairs, step timings and searches are lost',
    );
  }
  return report;
}

/**
 * Reads a report from a file, or from the report.json in a directory.
 *
 * @throws GaussmarkError if there is none, or it is not a report
 */
export async function readReport(place: string, cwd: string, wholeUpTo = WHOLE_UP_TO): Promise<Report> {
  const file = await reportFileOf(place, cwd);
  const remedy = `give the path of a report.json, or of a directory that contains it or a folder '${STORE_FOLDER}'`;
  let document: unknown;
  try {
    document = upgradedReport(await readDocument(file, wholeUpTo));
  } catch (cause) {
    if (!(cause instanceof GaussmarkError)) throw cause;
    const summary = isAbsent(cause) ? `there is no report in ${place}` : cause.summary;
    throw new GaussmarkError(summary, { file, got: cause.got, remedy, cause: cause.cause });
  }
  const issues = reportIssues(document);
  if (issues.length === 0) return document as Report;
  throw new GaussmarkError(`${place} is not a gaussmark report`, {
    file,
    got: issues.slice(0, 3).map(formatIssue).join('; '),
    remedy,
  });
}

async function reportFileOf(place: string, cwd: string): Promise<string> {
  const given = path.resolve(cwd, place);
  const info = await stat(given).catch(() => undefined);
  const isFile = info === undefined ? given.endsWith('.json') : !info.isDirectory();
  return isFile ? given : path.join(given, 'report.json');
}

/** Whether an error of {@link readReport} means that there is no report. */
export const isAbsent = (error: unknown) => error instanceof GaussmarkError && isMissingFile(error.cause);

/** @throws GaussmarkError if the file is missing or damaged */
async function readDocument(file: string, wholeUpTo: number): Promise<unknown> {
  const info = await stat(file).catch(() => undefined);
  return info?.isFile() && info.size > wholeUpTo ? parseByLines(file) : readJson(file);
}

/** Parses a file in the layout of our reports: one entry, or one list item, per line. */
function parseByLines(file: string): unknown {
  const parse = (text: string) => parseJson(text, { label: file, file });
  const entries: [key: string, value: unknown][] = [];
  let list: unknown[] | undefined;
  for (const { bytes } of linesOf(file)) {
    const line = bytes?.toString('utf8').replace(/,?\r?$/, '') ?? '';
    if (line === '{' || line === '}') continue;
    if (line === '  ]') list = undefined;
    else if (list !== undefined) list.push(parse(line));
    else {
      const [, key, value] = /^ {2}("(?:[^"\\]|\\.)*"): (.*)$/.exec(line) ?? [];
      if (key === undefined || value === undefined) {
        throw new GaussmarkError(`${file} is too long to read in one piece`, {
          file,
          expected: 'one run per line, as bench writes reports',
          got: line.slice(0, 60),
        });
      }
      if (value === '[') list = [];
      entries.push([JSON.parse(key) as string, value === '[' ? list : parse(value)]);
    }
  }
  return Object.fromEntries(entries);
}
