// Writes what a report is also made into on demand: still pictures of its main charts, its curves as CSV.

import path from 'node:path';
import type { Report } from '@gaussmark/analysis';
import { replaceFile, replaceFiles } from '@gaussmark/core';
import type { Figure } from '#figures-bundle';
import { curvesCsv } from './curves-csv.js';
import { pageData } from './page-data.js';

/**
 * The main charts as SVG: `overview`, `curves-<problem>` for each problem that ran, `profiles` where there are any; each
 * for light surroundings and, with `-dark` after its name, for dark ones.
 */
export async function renderFigures(report: Report): Promise<Figure[]> {
  // Loaded when it is asked for: it is half of the package's code.
  const { drawFigures } = await import('#figures-bundle');
  return drawFigures(pageData(report));
}

/**
 * Writes `renderFigures` into a directory, which is made if need be: all or none.
 *
 * @returns the absolute paths
 * @throws StorageError
 */
export async function writeFigures(report: Report, directory: string): Promise<string[]> {
  const figures = await renderFigures(report);
  const contents = figures.map(({ name, svg }) => [path.resolve(directory, `${name}.svg`), svg] as const);
  replaceFiles(contents, { lost: 'the pictures could not be written' });
  return contents.map(([file]) => file);
}

/**
 * Writes the curves of a report as CSV (see `curvesCsv`). The file is the old one or complete.
 *
 * @returns the absolute path
 * @throws StorageError
 */
export async function writeCurves(report: Report, file: string): Promise<string> {
  const target = path.resolve(file);
  replaceFile(target, curvesCsv(report), { lost: 'the curves could not be written' });
  return target;
}
