// Writes a report's files: report.json, leaderboard.md, index.html.

import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { renderHtml } from './html.js';
import type { LeaderboardOptions } from './leaderboard.js';
import { renderMarkdown } from './markdown.js';
import type { Report } from './schema.js';
import { validateReport } from './validate.js';

/** Absolute paths of what was written. */
export interface ReportFiles {
  readonly json: string;
  readonly markdown: string;
  readonly html: string;
}

export interface WriteOptions extends LeaderboardOptions {
  /** Whether the report was validated and not changed since, as one that was read; it then is not validated again. */
  readonly validated?: boolean;
}

/**
 * Validates a report, renders it, and writes its three files into a directory, which is made if need be. A file is either
 * the old one or complete: each is written under another name first and renamed once all are.
 *
 * @throws GaussmarkError (`internal:`) for an invalid report, before anything is written; the file system's own errors.
 */
export async function writeReport(
  report: Report,
  directory: string,
  { validated = false, ...options }: WriteOptions = {},
): Promise<ReportFiles> {
  if (!validated) validateReport(report);
  const files: ReportFiles = {
    json: path.resolve(directory, 'report.json'),
    markdown: path.resolve(directory, 'leaderboard.md'),
    html: path.resolve(directory, 'index.html'),
  };
  const contents: [file: string, text: string][] = [
    [files.json, renderJson(report)],
    [files.markdown, renderMarkdown(report, options)],
    [files.html, renderHtml(report, options)],
  ];
  await replaceFiles(directory, contents);
  return files;
}

/** Writes files into a directory, which is made if need be: each under another name first, renamed once all are written. */
export async function replaceFiles(
  directory: string,
  contents: readonly (readonly [file: string, text: string])[],
): Promise<void> {
  await mkdir(directory, { recursive: true });
  const suffix = `.${randomUUID()}.tmp`;
  try {
    for (const [file, text] of contents) await writeFile(file + suffix, text);
    for (const [file] of contents) await rename(file + suffix, file);
  } catch (error) {
    await Promise.all(contents.map(([file]) => rm(file + suffix, { force: true })));
    throw error;
  }
}

/** The text of report.json: one line per run, so that two reports can be compared line by line. */
export function renderJson(report: Report): string {
  const entries = Object.entries(report).map(([key, value]) => {
    const listed = Array.isArray(value) && value.some((item) => typeof item === 'object');
    const text = listed
      ? `[\n${value.map((item) => `    ${JSON.stringify(item)}`).join(',\n')}\n  ]`
      : JSON.stringify(value);
    return `  ${JSON.stringify(key)}: ${text}`;
  });
  return `{\n${entries.join(',\n')}\n}\n`;
}
