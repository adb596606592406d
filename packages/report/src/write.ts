// Writes the files of a report: report.json, leaderboard.md, index.html.

import path from 'node:path';
import { type Report, validateReport } from '@gaussmark/analysis';
import { defined, type FileSystem, replaceFiles } from '@gaussmark/core';
import { renderHtml } from './html.js';
import { renderMarkdown } from './markdown.js';

/** Absolute paths. */
export interface ReportFiles {
  readonly json: string;
  readonly markdown: string;
  readonly html: string;
}

/** The files of a report in a directory. */
export function reportFilesIn(directory: string): ReportFiles {
  return {
    json: path.resolve(directory, 'report.json'),
    markdown: path.resolve(directory, 'leaderboard.md'),
    html: path.resolve(directory, 'index.html'),
  };
}

export interface WriteOptions {
  /** The report is known to be valid: skip validation. */
  readonly validated?: boolean;
  /** Default: the real one. */
  readonly system?: FileSystem;
}

/**
 * Validates a report, renders it, and atomically writes its three files into a directory, which is created if necessary.
 *
 * @throws GaussmarkError (`internal:`) for an invalid report, before anything is written
 * @throws StorageError
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

/** The text of report.json, in chunks: a large report exceeds the longest string. One line per run, for line-wise diffs. */
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
