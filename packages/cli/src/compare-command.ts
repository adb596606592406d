// `bench compare A B`: what changed from A to B, and whether it is a regression.

import path from 'node:path';
import { GaussmarkError, replaceFile, requireWritableFile } from '@gaussmark/core';
import {
  assembleSnapshot,
  type Comparison,
  compareSides,
  distinctNights,
  inOrderOfCommits,
  type MeasureOptions,
  measureCheckouts,
  measureTiers,
  readHistories,
  resolveSide,
  type Side,
  type Snapshot,
  sinceIn,
} from '@gaussmark/tracking';
import { type Command, Option } from 'commander';
import { comparisonMarkdown, renderComparison } from './compare-view.js';
import type { CommandContext } from './context.js';
import { FAILED } from './exit-codes.js';
import { examples } from './help-text.js';
import { warnOfDamage } from './history-command.js';
import { addOptions, jsonOption, valued } from './options.js';
import { fromHere } from './output.js';
import { stoppable } from './stopping.js';
import {
  effortOf,
  percentage,
  pluginsOf,
  type TrackingOptions,
  tiersOf,
  trackingOptions,
  trackingRequestOf,
} from './tracking-options.js';
import { failureCode } from './tracking-output.js';
import { trackingProgressOn } from './tracking-progress.js';

interface CompareOptions extends TrackingOptions {
  readonly threshold: number;
  readonly history?: string;
  readonly markdown?: string;
  readonly all?: boolean;
}

/** Most measures are decided after a quarter of these. */
const DEFAULT_ROUNDS = 48;
const DEFAULT_THRESHOLD = 0.03;

export function defineCompare(command: Command, context: CommandContext): void {
  command
    .argument('<baseline>', 'a checkout, snapshot or report')
    .argument('<candidate>', 'a checkout, snapshot or report to compare with it');
  addOptions(
    command,
    ...trackingOptions(DEFAULT_ROUNDS, 'maximum rounds of timing'),
    valued('--threshold <percent>', 'smallest relevant change of a time', percentage).default(
      DEFAULT_THRESHOLD,
      '3%',
    ),
    new Option('--history <place>', "date changes with a history from 'bench history add'"),
    new Option('--markdown <file>', 'write the table as Markdown, for a pull request'),
    new Option('--all', 'show every measure, changed or not'),
    jsonOption('the comparison'),
  )
    .addHelpText('after', examples(EXAMPLES, NOTES))
    .action(async (from: string, to: string, options: CompareOptions) =>
      context.exit(await compareCommand(from, to, options, context)),
    );
}

async function compareCommand(
  from: string,
  to: string,
  options: CompareOptions,
  context: CommandContext,
): Promise<number> {
  const { cwd, screen, args } = context;
  const markdown = options.markdown === undefined ? undefined : path.resolve(cwd, options.markdown);
  if (markdown !== undefined) requireWritableFile(markdown, '--markdown');
  const note = (line: string) => screen.err.write(`${line}\n`);
  const sides = [await resolveSide(from, cwd, args, note), await resolveSide(to, cwd, args, note)] as const;
  const histories = options.history === undefined ? [] : readHistories(path.resolve(cwd, options.history));
  warnOfDamage(histories, cwd, screen);
  const nights = distinctNights(histories);
  const progress = trackingProgressOn(screen.err, options.quiet ?? false);
  let comparison: Comparison;
  try {
    comparison = await stoppable(async (signal) => {
      const measuring = {
        request: trackingRequestOf(options, cwd),
        plugins: pluginsOf(options, cwd),
        onProgress: progress.update,
        signal,
      };
      const measured = await measureSides(sides, options, measuring);
      const { machine } = measured.to.snapshot;
      return compareSides({
        ...measured,
        tiers: tiersOf(options),
        threshold: options.threshold,
        since: sinceIn(inOrderOfCommits(nights.filter((night) => night.machine === machine.class))),
      });
    }).finally(progress.stop);
  } catch (error) {
    return failureCode(error, screen.err, 'no comparison was made');
  }
  requireRows(comparison);
  if (markdown !== undefined) {
    replaceFile(markdown, comparisonMarkdown(comparison), { lost: 'the table could not be written' });
  }
  if (options.json) screen.out.writeDocument(`${JSON.stringify(comparison, null, 1)}\n`);
  else screen.out.write(`${renderComparison(comparison, screen.out, options.all ?? false)}\n`);
  if (markdown !== undefined) screen.err.write(`markdown: ${fromHere(markdown, cwd)}\n`);
  return comparison.fails ? FAILED : 0;
}

/** @throws GaussmarkError if nothing was compared, which must not pass as no change */
function requireRows({ from, to, rows, settings, lostCoverage, missing, added, notes }: Comparison): void {
  if (rows.length + settings.length + lostCoverage.length > 0) return;
  const example = ([id = 'nothing']: readonly string[]) => id;
  throw new GaussmarkError(`${from.name} and ${to.name} have nothing in common to compare`, {
    expected: 'the same problem, optimizer and quantity in both',
    got: [`${example(missing)} in the baseline, ${example(added)} in the candidate`, ...notes].join('; '),
    remedy: 'measure both with the same --profile, or the same --problem and --optimizer',
  });
}

/** Measures two checkouts side by side; a checkout compared with a file, alone. */
async function measureSides(
  [from, to]: readonly [Side, Side],
  options: CompareOptions,
  measuring: MeasureOptions,
): Promise<Pick<Parameters<typeof compareSides>[0], 'from' | 'to' | 'paired'>> {
  const effort = effortOf(options);
  const tiers = tiersOf(options);
  if (from.kind === 'checkout' && to.kind === 'checkout') {
    const { threshold } = options;
    return measureCheckouts(from.checkout, to.checkout, { ...measuring, ...effort, threshold, tiers });
  }
  const snapshotOf = async (side: Side): Promise<Snapshot> => {
    if (side.kind === 'snapshot') return side.snapshot;
    const measured = await measureTiers(side.checkout, tiers, effort, measuring);
    return assembleSnapshot(side.checkout.directory, measuring.request, measured);
  };
  return {
    from: { name: from.name, snapshot: await snapshotOf(from) },
    to: { name: to.name, snapshot: await snapshotOf(to) },
  };
}

const EXAMPLES = [
  [
    'git worktree add ../before main && (cd ../before && pnpm install && pnpm build)',
    'a checkout of main to compare with',
  ],
  ['bench compare ../before .', 'this checkout with main, side by side'],
  ['bench compare ../before . --markdown "$GITHUB_STEP_SUMMARY"', 'in a CI job'],
  [
    'bench compare ../before . --problem boston --optimizer my-optimizer --plugin ./my-optimizer --threshold 5%',
    'one optimizer',
  ],
  ['bench compare yesterday.json today.json', 'snapshots: deterministic measures, and times as a hint'],
  ['bench compare reports/monday reports/tuesday', 'the runs of two reports'],
] as const;

const NOTES = `
Deterministic measures (losses after a number of steps, inner iterations, iterations to a target, operations, operators, bytes,
settings) have no noise. Any change beyond the tolerance fails, improvements included: someone should explain it.

Times are compared in interleaved rounds: two processes of each checkout run everything in the order A B B A, then
B A A B, so slow spells of the machine hit both. Processes of the same code differ by the noise floor, measured in the
same rounds. A time is slower or faster when the 95 % interval of the ratio lies beyond both --threshold and the noise
floor, the same when it lies within, undecided otherwise. Slower times are measured again in fresh processes before they
fail. With one thread, processor time decides; the wall clock is compared too, to catch waiting.

Exit codes:
  0    no regression
  1    a regression, a changed deterministic measure or setting, or a measurement that failed
  2    wrong input, or a checkout too old to be measured
  130  stopped with Ctrl-C`;
