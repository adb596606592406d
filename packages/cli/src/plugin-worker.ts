// Runs plugins for a command in a worker, and shows what they printed.

import { formatQuantity } from '@gaussmark/analysis/words';
import type { CellOutcome } from '@gaussmark/harness';
import { PluginHost, type PluginHostOptions } from '@gaussmark/worker';
import { printLines } from './output.js';
import type { Sink } from './screen.js';

/** Shown lines of each output. */
const SHOWN_LINES = 10;

/** Does `work` with a plugin worker, then prints the worker's output to `sink`. */
export async function withPluginWorker<T>(
  options: PluginHostOptions,
  sink: Sink,
  work: (host: PluginHost) => Promise<T>,
): Promise<T> {
  const host = new PluginHost(options);
  try {
    return await work(host);
  } finally {
    await host.stop();
    printLines(sink, outputNote(`plugin output, ${options.purpose}`, host.output));
  }
}

/** Distinct outputs shown; the report has all. */
const SHOWN_RUNS = 5;

/** What runs printed; equal outputs are shown once. */
export function printedNotes(outcomes: readonly CellOutcome[]): string[] {
  const runs = new Map<string, string[]>();
  for (const { cell, result } of outcomes) {
    if (result.output !== undefined) runs.set(result.output, [...(runs.get(result.output) ?? []), cell.id]);
  }
  const more = runs.size - SHOWN_RUNS;
  return [
    ...[...runs].slice(0, SHOWN_RUNS).flatMap(([output, [first, ...others]]) => {
      const also = others.length === 0 ? '' : ` and ${formatQuantity(others.length, 'other run')}`;
      return outputNote(`output of ${first}${also}`, output);
    }),
    ...(more > 0 ? [`report.json has the output of ${formatQuantity(more, 'more run')}`] : []),
  ];
}

/** The first lines of an output below a heading, and the number of further lines. */
export function outputNote(heading: string, output: string): string[] {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  if (lines.length === 0) return [];
  const more = lines.length - SHOWN_LINES;
  return [
    `${heading}:`,
    ...lines.slice(0, SHOWN_LINES).map((line) => `  ${line}`),
    ...(more > 0 ? [`  ... and ${formatQuantity(more, 'more line')}`] : []),
  ];
}
