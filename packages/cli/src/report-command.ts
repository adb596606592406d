// `bench report`: the page and tables of finished reports, rendered again or merged.

import path from 'node:path';
import { defaultReportDirectory, mergeReports, readReportOrStore } from '@gaussmark/harness';
import { renderJson, writeCurves, writeFigures, writeReport } from '@gaussmark/report';
import type { CommandContext } from './context.js';
import { renderLeaderboards } from './leaderboard-view.js';
import type { SharedOptions } from './options.js';
import { demandReportPlace, demandWritable, demandWritableFile } from './report-directory.js';
import { shown } from './run-command.js';

export interface ReportOptions extends SharedOptions {
  readonly out?: string;
  readonly json?: boolean;
  readonly title?: string;
  /** Directory for pictures of the main charts. */
  readonly svg?: string;
  /** File for all points of all curves. */
  readonly csv?: string;
}

/** Reads reports, or stored runs that have none, and writes one of all. Without `--out`, a single one is rendered again where it is. */
export async function reportCommand(
  places: readonly string[],
  options: ReportOptions,
  { cwd, args, screen }: CommandContext,
): Promise<number> {
  const note = (line: string) => screen.err.write(`${line}\n`);
  const reports = [];
  for (const place of places) reports.push(await readReportOrStore(place, { cwd, args, note }));
  const report = mergeReports(reports, options.title);
  const directory = options.out === undefined ? ownDirectory(places, cwd) : path.resolve(cwd, options.out);
  const svg = options.svg === undefined ? undefined : path.resolve(cwd, options.svg);
  const csv = options.csv === undefined ? undefined : path.resolve(cwd, options.csv);
  demandReportPlace(directory);
  if (svg !== undefined) demandWritable(svg, '--svg');
  if (csv !== undefined) demandWritableFile(csv, '--csv');
  // All were checked when they were read; several are checked together once more.
  const files = await writeReport(report, directory, { validated: report === reports[0] });
  const pictures = svg === undefined ? [] : await writeFigures(report, svg);
  if (csv !== undefined) await writeCurves(report, csv);
  if (options.json) screen.out.writeDocument(renderJson(report));
  else screen.out.write(`${renderLeaderboards(report, screen.out)}\n\n`);
  const said = options.json ? screen.err : screen.out;
  said.write(`report: ${shown(files.html, cwd)}\n`);
  if (svg !== undefined)
    said.write(
      `pictures: ${pictures.length === 0 ? 'none, as nothing was run' : `${pictures.length} in ${shown(svg, cwd)}`}\n`,
    );
  if (csv !== undefined) said.write(`curves: ${shown(csv, cwd)}\n`);
  return 0;
}

function ownDirectory(places: readonly string[], cwd: string): string {
  const only = places.length === 1 ? places[0]! : undefined;
  if (only === undefined) return path.join(path.dirname(defaultReportDirectory(cwd)), 'merged');
  const given = path.resolve(cwd, only);
  return given.endsWith('.json') ? path.dirname(given) : given;
}
