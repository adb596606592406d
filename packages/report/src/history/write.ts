// Writes the files of a history: history.json, history.md, index.html.

import path from 'node:path';
import { type HistoryReport, validateHistory } from '@gaussmark/analysis';
import { replaceFiles } from '@gaussmark/core';
import { historyScript } from '#client-bundle';
import { page } from '../html.js';
import { renderHistoryMarkdown } from './markdown.js';
import { historyPageData } from './page-data.js';

/** Absolute paths. */
export interface HistoryFiles {
  readonly json: string;
  readonly markdown: string;
  readonly html: string;
}

/**
 * Renders a history and atomically writes its three files into a directory, which is created if necessary.
 *
 * @throws GaussmarkError (`internal:`) for an invalid document, before anything is written
 * @throws StorageError
 */
export async function writeHistory(report: HistoryReport, directory: string): Promise<HistoryFiles> {
  validateHistory(report);
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

/** One self-contained HTML file: no network, no eval, every text of the history inert. */
export function renderHistoryHtml(report: HistoryReport): string {
  return page({
    title: report.title,
    script: historyScript,
    data: historyPageData(report),
    otherFiles: 'history.md and history.json',
  });
}
