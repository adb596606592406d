// Runs plugins for a command in a worker, and shows what they printed.

import { formatQuantity } from '@gaussmark/analysis/words';
import type { CellOutcome } from '@gaussmark/harness';
import { PluginHost, type PluginHostOptions } from '@gaussmark/worker';
import { printLines } from './output.js';
import type { Sink } from './screen.js';

/** Shown lines of each output. */
const SHOWN_LINES = 10;

/**
 * Does `work` with a plugin worker, then prints the worker's output to `sink`: its first lines, or all if verbose.
 *
 * @param verbose undefined in commands without the option
 */
export async function withPluginWorker<T>(
  options: PluginHostOptions,
  sink: Sink,
  work: (host: PluginHost) => Promise<T>,
  verbose?: boolean,
): Promise<T> {
  const host = new PluginHost(options);
  try {
    return await work(host);
  } finally {
    await host.stop();
    printLines(sink, outputNote(`plugin output, ${options.purpose}`, host.output, verbose));
  }
}

/** Distinct outputs shown; the report has all. */
const SHOWN_RUNS = 5;

/** What runs printed: the beginning, or all if verbose. Equal outputs are shown once. */
export function printedNotes(outcomes: readonly CellOutcome[], verbose: boolean): string[] {
  const runs = new Map<string, string[]>();
  for (const { cell, result } of outcomes) {
    if (result.output !== undefined) runs.set(result.output, [...(runs.get(result.output) ?? []), cell.id]);
  }
  const shown = verbose ? runs.size : SHOWN_RUNS;
  const more = runs.size - shown;
  return [
    ...[...runs].slice(0, shown).flatMap(([output, [first, ...others]]) => {
      const also = others.length === 0 ? '' : ` and ${formatQuantity(others.length, 'other run')}`;
      return outputNote(`output of ${first}${also}`, output, verbose);
    }),
    ...(more > 0
      ? [`report.json has the output of ${formatQuantity(more, 'more run')}; --verbose shows it`]
      : []),
  ];
}

/** The first lines of an output below a heading, and the number of further lines; all lines if verbose. */
export function outputNote(heading: string, output: string, verbose?: boolean): string[] {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  if (lines.length === 0) return [];
  const shown = verbose ? lines.length : SHOWN_LINES;
  const more = lines.length - shown;
  const hint = verbose === undefined ? '' : '; --verbose shows all';
  return [
    `${heading}:`,
    ...lines.slice(0, shown).map((line) => `  ${line}`),
    ...(more > 0 ? [`  ... and ${formatQuantity(more, 'more line')}${hint}`] : []),
  ];
}
