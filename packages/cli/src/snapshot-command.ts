// `bench snapshot`: measures this revision, to compare with or to append to a history.

import { stat } from 'node:fs/promises';
import path from 'node:path';
import { replaceFile, requireWritableFile } from '@gaussmark/core';
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
import { type Command, Option } from 'commander';
import type { CommandContext } from './context.js';
import { examples } from './help-text.js';
import { addOptions, jsonOption } from './options.js';
import { printLines, printPlace, remarksOf } from './output.js';
import { stoppable } from './stopping.js';
import {
  effortOf,
  pluginsOf,
  type TrackingOptions,
  tiersOf,
  trackingOptions,
  trackingRequestOf,
} from './tracking-options.js';
import { failureCode } from './tracking-output.js';
import { trackingProgressOn } from './tracking-progress.js';

interface SnapshotOptions extends TrackingOptions {
  readonly of?: string;
  readonly out?: string;
}

const DEFAULT_ROUNDS = 20;
const TIER_WORDS = { hard: 'deterministic', timed: 'timed' } as const;

export function defineSnapshot(command: Command, context: CommandContext): void {
  addOptions(
    command,
    new Option('--of <dir>', 'measure the built checkout in a directory instead of this one'),
    new Option('--out <file>', 'write the snapshot to a file'),
    jsonOption('the snapshot'),
    ...trackingOptions(DEFAULT_ROUNDS, 'rounds of timing'),
  )
    .addHelpText('after', examples(EXAMPLES, NOTES))
    .action(async (options: SnapshotOptions) => context.exit(await snapshotCommand(options, context)));
}

async function snapshotCommand(options: SnapshotOptions, context: CommandContext): Promise<number> {
  const { cwd, screen } = context;
  const request = trackingRequestOf(options, cwd);
  const checkout = options.of === undefined ? await ownCheckout(cwd) : await findCheckout(options.of, cwd);
  const file = options.out === undefined ? undefined : path.resolve(cwd, options.out);
  if (file !== undefined) requireWritableFile(file);
  const progress = trackingProgressOn(screen.err, options.quiet ?? false);
  const start = performance.now();
  let snapshot: Snapshot;
  try {
    snapshot = await stoppable(async (signal) => {
      const plugins = pluginsOf(options, cwd);
      const measuring = { request, plugins, onProgress: progress.update, signal };
      const measured = await measureTiers(checkout, tiersOf(options), effortOf(options), measuring);
      // The measured code may be elsewhere.
      const directory = options.of === undefined ? await sourceOf(plugins, cwd) : checkout.directory;
      return assembleSnapshot(directory, request, measured);
    }).finally(progress.stop);
  } catch (error) {
    return failureCode(error, screen.err, 'no snapshot was taken');
  }
  const text = renderSnapshot(snapshot);
  if (file !== undefined) replaceFile(file, text, { lost: 'the snapshot could not be written' });
  if (options.json) screen.out.writeDocument(text);
  printLines(
    screen.err,
    snapshot.suite.skipped.map(({ problem, reason }) => `skipped: ${problem}: ${reason}`),
  );
  const counts = (['hard', 'timed'] as const).map(
    (tier) => `${snapshot.measures.filter((measure) => measure.tier === tier).length} ${TIER_WORDS[tier]}`,
  );
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  printLines(remarksOf(context, options), [
    `${revisionWords(snapshot.revision)}: ${counts.join(' and ')} measures in ${seconds} s`,
    ...(snapshot.coverage === undefined ? [] : [`coverage: ${coverageWords(snapshot.coverage)}`]),
    `machine class: ${snapshot.machine.class}`,
  ]);
  if (file !== undefined) printPlace(context, options, 'snapshot', file);
  else if (!options.json) screen.out.write('not saved: name a file with --out, or redirect --json\n');
  return 0;
}

/** The directory whose revision a snapshot records: the first --plugin's, or the code around `cwd`. */
async function sourceOf([plugin]: readonly string[], cwd: string): Promise<string> {
  const info = plugin === undefined ? undefined : await stat(plugin).catch(() => undefined);
  if (plugin === undefined || info === undefined) return locationsOf(cwd).workspaceRoot ?? cwd;
  return info.isDirectory() ? plugin : path.dirname(plugin);
}

const EXAMPLES = [
  ['bench snapshot --out today.json', 'everything, in under a minute'],
  ['bench snapshot --tier hard --json > numbers.json', 'deterministic measures only'],
  [
    'bench snapshot --problem boston --optimizer my-optimizer --plugin ./my-optimizer --out mine.json',
    'your own optimizer on one problem',
  ],
] as const;

const NOTES = `
Deterministic ("hard") measures are the same for the same code: losses after a number of steps with a fixed seed, inner
iterations, iterations to the problem's target, operations and bytes of a step, compiled operators, buffers. A second run
from parameters one rounding apart measures how far rounding moves a loss; losses dominated by rounding are left out.

Timed measures are medians over rounds: a gradient, Gauss-Newton products, whole steps. With one thread they are
processor time. Snapshots reveal only large changes of a time; use 'bench compare' on two checkouts for small ones.

Exit codes:
  0    done
  1    something could not be measured
  2    wrong input
  130  stopped with Ctrl-C`;
