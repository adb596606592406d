// Writes a history's files: history.json, history.md, index.html.

import { createRequire } from 'node:module';
import path from 'node:path';
import { GaussmarkError, replaceFiles, validator } from '@gaussmark/core';
import { historyScript } from '#client-bundle';
import { page } from '../html.js';
import { renderHistoryMarkdown } from './markdown.js';
import { historyPageData } from './page-data.js';
import type { HistoryReport } from './schema.js';

/** Absolute paths of what was written. */
export interface HistoryFiles {
  readonly json: string;
  readonly markdown: string;
  readonly html: string;
}

const require = createRequire(import.meta.url);
const schemaIssues = validator(() => require('../../schemas/history.schema.json') as object);

/**
 * Renders a history and writes its three files into a directory, which is made if need be. A file is either the old one or
 * complete.
 *
 * @throws GaussmarkError (`internal:`) for an invalid document, before anything is written; StorageError if it cannot be
 * written.
 */
export async function writeHistory(report: HistoryReport, directory: string): Promise<HistoryFiles> {
  const issues = schemaIssues(report);
  if (issues.length > 0) {
    throw new GaussmarkError('internal: the history does not match its own schema', {
      issues,
      remedy: 'this is a defect of gaussmark; please report it with this message',
    });
  }
  const files: HistoryFiles = {
    json: path.resolve(directory, 'history.json'),
    markdown: path.resolve(directory, 'history.md'),
    html: path.resolve(directory, 'index.html'),
  };
  replaceFiles(
    [
      [files.json, renderHistoryJson(report)],
      [files.markdown, renderHistoryMarkdown(report)],
      [files.html, renderHistoryHtml(report)],
    ],
    { lost: 'the history could not be written' },
  );
  return files;
}

export const renderHistoryJson = (report: HistoryReport): string => `${JSON.stringify(report)}\n`;

/** One HTML file that opens from disk: no network, no eval, every text of the history inert. */
export function renderHistoryHtml(report: HistoryReport): string {
  return page({
    title: report.title,
    script: historyScript,
    data: historyPageData(report),
    elsewhere: 'history.md and history.json',
  });
}
