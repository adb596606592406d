// Writes the exports of a report: figures of its main charts as SVG, its curves as CSV.

import path from 'node:path';
import type { Report } from '@gaussmark/analysis';
import { replaceFile, replaceFiles } from '@gaussmark/core';
import type { Figure } from '#figures-bundle';
import { curvesCsv } from './curves-csv.js';
import { pageData } from './page-data.js';

/**
 * The main charts as SVG: `overview`, `curves-<problem>` for each problem with runs, and `profiles` if there are any; each
 * in light colours and, with the suffix `-dark`, in dark ones.
 */
export async function renderFigures(report: Report): Promise<Figure[]> {
  // Loaded on demand: half of the package's code.
  const { drawFigures } = await import('#figures-bundle');
  return drawFigures(pageData(report));
}

/**
 * Writes the figures of `renderFigures` into a directory, which is created if necessary: all or none.
 *
 * @returns the absolute paths
 * @throws StorageError
 */
export async function writeFigures(report: Report, directory: string): Promise<string[]> {
  const figures = await renderFigures(report);
  const contents = figures.map(({ name, svg }) => [path.resolve(directory, `${name}.svg`), svg] as const);
  replaceFiles(contents, { lost: 'the figures could not be written' });
  return contents.map(([file]) => file);
}

/**
 * Atomically writes the curves of a report as CSV (see `curvesCsv`).
 *
 * @returns the absolute path
 * @throws StorageError
 */
export async function writeCurves(report: Report, file: string): Promise<string> {
  const target = path.resolve(file);
  replaceFile(target, curvesCsv(report), { lost: 'the curves could not be written' });
  return target;
}
