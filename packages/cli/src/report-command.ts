// `bench report`: rebuilds finished reports, or merges several.

import path from 'node:path';
import { requireWritable, requireWritableFile } from '@gaussmark/core';
import { defaultReportDirectory, mergeReports, readReportOrStore } from '@gaussmark/harness';
import { writeCurves, writeFigures, writeReport } from '@gaussmark/report';
import { type Command, Option } from 'commander';
import type { CommandContext } from './context.js';
import { examples } from './help-text.js';
import { renderLeaderboards } from './leaderboard-view.js';
import { addOptions, jsonOption, type PluginOptions, pluginOption, titleOption } from './options.js';
import { fromHere, printPlace, remarksOf } from './output.js';
import { requireReportPlace } from './report-directory.js';
import { printReport } from './report-output.js';

interface ReportOptions extends PluginOptions {
  readonly out?: string;
  readonly json?: boolean;
  readonly title?: string;
  readonly svg?: string;
  readonly csv?: string;
}

export function defineReport(command: Command, context: CommandContext): void {
  command.argument('<reports...>', 'report.json files, or their directories');
  addOptions(
    command,
    new Option('--out <dir>', 'where to write (default: in place for one report, else reports/merged)'),
    titleOption(),
    new Option('--svg <dir>', 'write the main charts as SVG files, in light and dark, to a directory'),
    new Option('--csv <file>', 'write all curves as CSV, one row per point'),
    jsonOption(),
    pluginOption(),
  )
    .addHelpText('after', examples(EXAMPLES))
    .action(async (places: string[], options: ReportOptions) =>
      context.exit(await reportCommand(places, options, context)),
    );
}

const EXAMPLES = [
  ['bench report reports/latest', 'rebuild a report with this version'],
  ['bench report monday tuesday --out both', 'merge two reports'],
  [
    'bench report reports/latest --svg docs/images --csv curves.csv',
    'charts for a README, curves for a notebook',
  ],
] as const;

/** Reads reports, or stored runs without one, and writes their union. */
async function reportCommand(
  places: readonly string[],
  options: ReportOptions,
  context: CommandContext,
): Promise<number> {
  const { cwd, args, screen } = context;
  const note = (line: string) => screen.err.write(`${line}\n`);
  const reports = [];
  for (const place of places) reports.push(await readReportOrStore(place, { cwd, args, note }));
  const report = mergeReports(reports, options.title);
  const directory = options.out === undefined ? ownDirectory(places, cwd) : path.resolve(cwd, options.out);
  const svg = options.svg === undefined ? undefined : path.resolve(cwd, options.svg);
  const csv = options.csv === undefined ? undefined : path.resolve(cwd, options.csv);
  requireReportPlace(directory);
  if (svg !== undefined) requireWritable(svg, '--svg');
  if (csv !== undefined) requireWritableFile(csv, '--csv');
  // A single report was validated when it was read.
  const files = await writeReport(report, directory, { validated: report === reports[0] });
  const figures = svg === undefined ? [] : await writeFigures(report, svg);
  if (csv !== undefined) await writeCurves(report, csv);
  printReport(context, options, report, () => renderLeaderboards(report, screen.out));
  printPlace(context, options, 'report', files.html);
  if (svg !== undefined) {
    const count = figures.length === 0 ? 'none: nothing ran' : `${figures.length} in ${fromHere(svg, cwd)}`;
    remarksOf(context, options).write(`figures: ${count}\n`);
  }
  if (csv !== undefined) printPlace(context, options, 'curves', csv);
  return 0;
}

function ownDirectory(places: readonly string[], cwd: string): string {
  const [only] = places;
  if (only === undefined || places.length > 1)
    return path.join(path.dirname(defaultReportDirectory(cwd)), 'merged');
  const given = path.resolve(cwd, only);
  return given.endsWith('.json') ? path.dirname(given) : given;
}
