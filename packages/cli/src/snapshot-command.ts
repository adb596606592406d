// `bench snapshot`: what this revision measures, as a file to compare with or to append to a history.

import { stat } from 'node:fs/promises';
import path from 'node:path';
import { replaceFile } from '@gaussmark/core';
import { locationsOf } from '@gaussmark/harness';
import {
  assembleSnapshot,
  coverageWords,
  findCheckout,
  measureTiers,
  ownCheckout,
  renderSnapshot,
  revisionWords,
  type Snapshot,
} from '@gaussmark/tracking';
import type { Command } from 'commander';
import type { CommandContext } from './context.js';
import { demandWritableFile } from './report-directory.js';
import { shown } from './run-command.js';
import { stoppable } from './stopping.js';
import {
  addTrackingOptions,
  effortOf,
  pluginsOf,
  type TrackingOptions,
  tiersOf,
  trackingRequestOf,
} from './tracking-options.js';
import { failureCode } from './tracking-output.js';
import { trackingProgressOn } from './tracking-progress.js';

interface SnapshotOptions extends TrackingOptions {
  readonly of?: string;
  readonly out?: string;
}

const DEFAULT_ROUNDS = 20;

/** Adds `bench snapshot`. */
export function addSnapshotCommand(
  program: Command,
  context: CommandContext,
  exit: (code: number) => void,
): void {
  const command = program
    .command('snapshot')
    .description('measure what this revision does: numbers without noise, and times')
    .option('--of <dir>', 'measure the built checkout in a folder instead')
    .option('--out <file>', 'write it to a file')
    .option('--json', 'print it on stdout, and nothing else there');
  addTrackingOptions(command, DEFAULT_ROUNDS, 'rounds of timing')
    .addHelpText('after', HELP)
    .action(async (options: SnapshotOptions) => exit(await snapshotCommand(options, context)));
}

async function snapshotCommand(options: SnapshotOptions, { cwd, screen }: CommandContext): Promise<number> {
  const request = trackingRequestOf(options, cwd);
  const checkout = options.of === undefined ? await ownCheckout(cwd) : await findCheckout(options.of, cwd);
  const file = options.out === undefined ? undefined : path.resolve(cwd, options.out);
  if (file !== undefined) demandWritableFile(file);
  const progress = trackingProgressOn(screen.err, options.quiet ?? false);
  const start = performance.now();
  let snapshot: Snapshot;
  try {
    snapshot = await stoppable(async (signal) => {
      const plugins = pluginsOf(options, cwd);
      const measuring = { request, plugins, onProgress: progress.update, signal };
      const measured = await measureTiers(checkout, tiersOf(options), effortOf(options), measuring);
      // The code that was measured, which is not always where the user is.
      const directory = options.of === undefined ? await sourceOf(plugins, cwd) : checkout.directory;
      return assembleSnapshot(directory, request, measured);
    }).finally(progress.stop);
  } catch (error) {
    return failureCode(error, screen.err, 'there is no snapshot');
  }
  const text = renderSnapshot(snapshot);
  if (file !== undefined) replaceFile(file, text, { lost: 'the snapshot could not be written' });
  if (options.json) screen.out.writeDocument(text);
  const said = options.json ? screen.err : screen.out;
  for (const { problem, reason } of snapshot.suite.skipped)
    screen.err.write(`skipped: ${problem}: ${reason}\n`);
  const counts = (['hard', 'timed'] as const).map(
    (tier) => `${snapshot.measures.filter((measure) => measure.tier === tier).length} ${tier}`,
  );
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  said.write(`${revisionWords(snapshot.revision)}: ${counts.join(' and ')} measures in ${seconds} s\n`);
  if (snapshot.coverage !== undefined) said.write(`coverage: ${coverageWords(snapshot.coverage)}\n`);
  said.write(`machine class: ${snapshot.machine.class}\n`);
  if (file !== undefined) said.write(`snapshot: ${shown(file, cwd)}\n`);
  else if (!options.json) said.write('not saved: give a file with --out, or pipe --json into one\n');
  return 0;
}

/** Of whose revision a snapshot is: the first plugin's that was given by path, else that of the code around `cwd`. */
async function sourceOf([plugin]: readonly string[], cwd: string): Promise<string> {
  const info = plugin === undefined ? undefined : await stat(plugin).catch(() => undefined);
  // One that is not there was not measured.
  if (plugin === undefined || info === undefined) return locationsOf(cwd).workspaceRoot ?? cwd;
  return info.isDirectory() ? plugin : path.dirname(plugin);
}

const HELP = `
Examples:
  bench snapshot --out today.json                        everything, in less than a minute
  bench snapshot --tier hard --json > numbers.json       only what has no noise
  bench snapshot --problem boston --optimizer my-optimizer --plugin ./my-optimizer --out mine.json

Hard measures are numbers without noise: losses after some steps with a fixed seed, inner iterations, iterations to the
problem's target, operations and bytes of a step, its operators as they are compiled, buffers. The same code gives the
same numbers. How far a loss may move by roundings alone is measured, by a second run from parameters that are off by
one rounding; a loss that roundings decide is left out.

Timed measures are medians over rounds: a gradient, Gauss-Newton products, whole steps. With one thread they are
processor time. Two snapshots tell large changes of a time only: 'bench compare' of two checkouts tells small ones.

Exit codes: 0 done; 1 something could not be measured; 2 the input is wrong; 130 stopped with Ctrl-C.`;
