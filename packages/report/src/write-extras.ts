// Writes what a report is also made into on demand: still pictures of its main charts, its curves as CSV.

import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Figure } from '#figures-bundle';
import { curvesCsv } from './curves-csv.js';
import type { LeaderboardOptions } from './leaderboard.js';
import { pageData } from './page-data.js';
import type { Report } from './schema.js';

/**
 * The main charts as SVG: `overview`, `curves-<problem>` for each problem that ran, `profiles` where there are any; each
 * for light surroundings and, with `-dark` after its name, for dark ones.
 */
export async function renderFigures(report: Report, options: LeaderboardOptions = {}): Promise<Figure[]> {
  // Loaded when it is asked for: it is half of the package's code.
  const { drawFigures } = await import('#figures-bundle');
  return drawFigures(pageData(report, options));
}

/** Writes `renderFigures` into a directory, which is made if need be; returns the absolute paths. */
export async function writeFigures(
  report: Report,
  directory: string,
  options: LeaderboardOptions = {},
): Promise<string[]> {
  const figures = await renderFigures(report, options);
  await mkdir(directory, { recursive: true });
  return Promise.all(
    figures.map(async ({ name, svg }) => {
      const file = path.resolve(directory, `${name}.svg`);
      await replaceFile(file, (temporary) => writeFile(temporary, svg));
      return file;
    }),
  );
}

/** Writes the curves of a report as CSV (see `curvesCsv`); returns the absolute path. The file is the old one or complete. */
export async function writeCurves(report: Report, file: string): Promise<string> {
  const target = path.resolve(file);
  await mkdir(path.dirname(target), { recursive: true });
  await replaceFile(target, (temporary) =>
    pipeline(Readable.from(inBlocks(curvesCsv(report))), createWriteStream(temporary)),
  );
  return target;
}

async function replaceFile(file: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    await write(temporary);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Lines joined to blocks of some size: a stream of single lines spends its time on being a stream. */
function* inBlocks(lines: Iterable<string>): Generator<string> {
  let block = '';
  for (const line of lines) {
    block += line;
    if (block.length < 1 << 16) continue;
    yield block;
    block = '';
  }
  if (block !== '') yield block;
}
