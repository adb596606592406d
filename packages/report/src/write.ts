// Writes a report's files: report.json, leaderboard.md, index.html.

import path from 'node:path';
import { type Report, validateReport } from '@gaussmark/analysis';
import { defined, type FileSystem, replaceFiles } from '@gaussmark/core';
import { renderHtml } from './html.js';
import { renderMarkdown } from './markdown.js';

/** Absolute paths of what was written. */
export interface ReportFiles {
  readonly json: string;
  readonly markdown: string;
  readonly html: string;
}

/** Where the files of a report are. */
export function reportFilesIn(directory: string): ReportFiles {
  return {
    json: path.resolve(directory, 'report.json'),
    markdown: path.resolve(directory, 'leaderboard.md'),
    html: path.resolve(directory, 'index.html'),
  };
}

export interface WriteOptions {
  /** Whether the report was validated and not changed since, as one that was read; it then is not validated again. */
  readonly validated?: boolean;
  /** Instead of the real one. */
  readonly system?: FileSystem;
}

/**
 * Validates a report, renders it, and writes its three files into a directory, which is made if need be. Each file is the old
 * one or complete.
 *
 * @throws GaussmarkError (`internal:`) for an invalid report, before anything is written; StorageError if it cannot be written.
 */
export async function writeReport(
  report: Report,
  directory: string,
  { validated = false, system }: WriteOptions = {},
): Promise<ReportFiles> {
  if (!validated) validateReport(report);
  const files = reportFilesIn(directory);
  replaceFiles(
    [
      [files.json, renderJson(report)],
      [files.markdown, renderMarkdown(report)],
      [files.html, renderHtml(report)],
    ],
    defined({ lost: 'the report could not be written', system }),
  );
  return files;
}

/**
 * The text of report.json, in pieces: a report of many runs may be longer than a string can be. One line per run, so that two
 * reports can be compared line by line, and read so.
 */
export function* renderJson(report: Report): Generator<string> {
  yield '{\n';
  const entries = Object.entries(report).filter(([, value]) => value !== undefined);
  for (const [index, [key, value]] of entries.entries()) {
    yield `  ${JSON.stringify(key)}: `;
    if (Array.isArray(value) && value.some((item) => typeof item === 'object')) {
      yield '[\n';
      for (const [place, item] of value.entries()) {
        yield `    ${JSON.stringify(item)}${place < value.length - 1 ? ',' : ''}\n`;
      }
      yield '  ]';
    } else yield JSON.stringify(value);
    yield index < entries.length - 1 ? ',\n' : '\n';
  }
  yield '}\n';
}
