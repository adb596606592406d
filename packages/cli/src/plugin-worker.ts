// A command's use of plugins: in a worker that lives as long as that, with a word on what they printed.

import type { CellOutcome } from '@gaussmark/harness';
import { PluginHost, type PluginHostOptions } from '@gaussmark/worker';
import type { Sheet } from './screen.js';

/** Lines of what plugins print that are shown. */
const SHOWN_LINES = 10;

/** Does work with a worker that runs plugins. What they print in it goes to `sheet`, as it is no result of the command. */
export async function withPluginWorker<T>(
  options: PluginHostOptions,
  sheet: Sheet,
  work: (host: PluginHost) => Promise<T>,
): Promise<T> {
  const host = new PluginHost(options);
  try {
    return await work(host);
  } finally {
    await host.stop();
    for (const line of outputNote(`printed by plugins, ${options.purpose}`, host.output))
      sheet.write(`${line}\n`);
  }
}

/** Runs whose output is shown; the report has that of all. */
const SHOWN_RUNS = 5;

/** What the processes of runs printed, equal texts once. */
export function printedNotes(outcomes: readonly CellOutcome[]): string[] {
  const runs = new Map<string, string[]>();
  for (const { cell, result } of outcomes) {
    if (result.output !== undefined) runs.set(result.output, [...(runs.get(result.output) ?? []), cell.id]);
  }
  const more = runs.size - SHOWN_RUNS;
  return [
    ...[...runs].slice(0, SHOWN_RUNS).flatMap(([output, [first, ...others]]) => {
      const also =
        others.length === 0 ? '' : ` and ${others.length} other ${others.length === 1 ? 'run' : 'runs'}`;
      return outputNote(`printed in ${first}${also}`, output);
    }),
    ...(more > 0 ? [`what ${more} more ${more === 1 ? 'run' : 'runs'} printed is in report.json`] : []),
  ];
}

/** What was printed, below a heading: its first lines, and how many there are more. */
export function outputNote(heading: string, output: string): string[] {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  if (lines.length === 0) return [];
  const more = lines.length - SHOWN_LINES;
  return [
    `${heading}:`,
    ...lines.slice(0, SHOWN_LINES).map((line) => `  ${line}`),
    ...(more > 0 ? [`  ... and ${more} more ${more === 1 ? 'line' : 'lines'}`] : []),
  ];
}
