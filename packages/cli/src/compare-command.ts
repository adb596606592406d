// `bench compare A B`: what B changes against A, and whether it is a regression.

import path from 'node:path';
import { GaussmarkError, replaceFile } from '@gaussmark/core';
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
import { sayDamage } from './history-command.js';
import { demandWritableFile } from './report-directory.js';
import { shown } from './run-command.js';
import { stoppable } from './stopping.js';
import {
  addTrackingOptions,
  effortOf,
  percentage,
  pluginsOf,
  type TrackingOptions,
  tiersOf,
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

/** Most rounds; most things are decided after a quarter. */
const DEFAULT_ROUNDS = 48;
const DEFAULT_THRESHOLD = 0.03;

/** Adds `bench compare`. */
export function addCompareCommand(
  program: Command,
  context: CommandContext,
  exit: (code: number) => void,
): void {
  const command = program
    .command('compare')
    .description('compare two revisions: checkouts, snapshots or reports')
    .argument('<from>', 'what it was')
    .argument('<to>', 'what it is');
  addTrackingOptions(command, DEFAULT_ROUNDS, 'most rounds of timing')
    .addOption(
      new Option('--threshold <percent>', 'smallest change of a time that matters')
        .argParser(percentage)
        .default(DEFAULT_THRESHOLD, '3%'),
    )
    .option('--history <place>', "tell since when, by a history: a file or directory of 'bench history add'")
    .option('--markdown <file>', 'write the table as Markdown: for a step summary, or a pull request')
    .option('--all', 'show every measure, also what is the same')
    .option('--json', 'print the comparison on stdout, and nothing else there')
    .addHelpText('after', HELP)
    .action(async (from: string, to: string, options: CompareOptions) =>
      exit(await compareCommand(from, to, options, context)),
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
  if (markdown !== undefined) demandWritableFile(markdown, '--markdown');
  const note = (line: string) => screen.err.write(`${line}\n`);
  const sides = [await resolveSide(from, cwd, args, note), await resolveSide(to, cwd, args, note)] as const;
  const histories = options.history === undefined ? [] : readHistories(path.resolve(cwd, options.history));
  sayDamage(histories, cwd, screen);
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
    return failureCode(error, screen.err, 'nothing is known');
  }
  demandRows(comparison);
  if (markdown !== undefined) {
    replaceFile(markdown, comparisonMarkdown(comparison), { lost: 'the table could not be written' });
  }
  if (options.json) screen.out.writeDocument(`${JSON.stringify(comparison, null, 1)}\n`);
  else screen.out.write(`${renderComparison(comparison, screen.out, options.all ?? false)}\n`);
  if (markdown !== undefined) screen.err.write(`markdown: ${shown(markdown, cwd)}\n`);
  return comparison.fails ? FAILED : 0;
}

/** That nothing was compared must not read as no change. */
function demandRows({ from, to, rows, settings, lostCoverage, missing, added, notes }: Comparison): void {
  if (rows.length + settings.length + lostCoverage.length > 0) return;
  const example = ([id = 'nothing']: readonly string[]) => id;
  throw new GaussmarkError(`there is nothing to compare in ${from.name} and ${to.name}`, {
    expected: 'measures of the same problem, optimizer and quantity',
    got: [`${example(missing)} in one, ${example(added)} in the other`, ...notes].join('; '),
    remedy: 'measure the same of both: with one --profile, or one --problem and --optimizer',
  });
}

/** Two checkouts are measured side by side; a checkout against a file, by itself. */
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

const HELP = `
Examples:
  git worktree add ../before main && (cd ../before && pnpm install && pnpm build)
  bench compare ../before .                              this checkout against main, side by side
  bench compare ../before . --markdown "$GITHUB_STEP_SUMMARY"
  bench compare ../before . --problem boston --optimizer my-optimizer --plugin ./my-optimizer --threshold 5%
  bench compare yesterday.json today.json                snapshots: hard numbers; times as a hint
  bench compare reports/monday reports/tuesday           what the runs of two reports tell

Hard numbers (losses after some steps, inner iterations, iterations to a target, operations, operators, bytes, settings) have no
noise: any change beyond its tolerance fails, an improvement too, as somebody should say why.

Times are compared in turns: two processes of each checkout run everything in short rounds, A B B A and B A A B, so a slow
spell of the machine falls on both. How far two processes of the same code come out apart is the noise floor, measured in the
same rounds. Slower, faster or same is said when the 95 % interval of the ratio leaves, or lies within, the larger of
--threshold and that floor; undecided, when there are too few samples. What is slower is measured again with fresh
processes, and only then fails. With one thread, processor time decides, and the wall clock beside it for what waits.

Exit codes: 0 no regression; 1 a regression, a changed hard number or setting, or a checkout that cannot be measured; 2 the
input is wrong; 130 stopped with Ctrl-C.`;
