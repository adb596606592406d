// `bench merge`: merges several stores, such as the shards of a plan, and reports them.

import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import type { Report } from '@gaussmark/analysis';
import { formatQuantity } from '@gaussmark/analysis/words';
import { defined, GaussmarkError } from '@gaussmark/core';
import {
  explainDamage,
  mergeStores,
  readReport,
  reportOfStore,
  Store,
  type Variant,
} from '@gaussmark/harness';
import { writeReport } from '@gaussmark/report';
import type { Command } from 'commander';
import type { CommandContext } from './context.js';
import { examples } from './help-text.js';
import { renderLeaderboards } from './leaderboard-view.js';
import { addOptions, jsonOption, type PluginOptions, pluginOption, titleOption } from './options.js';
import { printLines, printPlace } from './output.js';
import { requireReportPlace } from './report-directory.js';
import { printReport } from './report-output.js';

interface MergeOptions extends PluginOptions {
  readonly out: string;
  readonly title?: string;
  readonly json?: boolean;
}

export function defineMerge(command: Command, context: CommandContext): void {
  command
    .argument('<dirs...>', 'directories written by bench run --out')
    .requiredOption('--out <dir>', 'where to write the merged runs and their report');
  addOptions(command, titleOption(), jsonOption(), pluginOption())
    .addHelpText('after', examples(EXAMPLES))
    .action(async (places: string[], options: MergeOptions) =>
      context.exit(await mergeCommand(places, options, context)),
    );
}

const EXAMPLES = [
  ['bench run --profile paper --shard 1/4 --out shard-1', 'on the first of four machines'],
  ['bench merge shard-1 shard-2 shard-3 shard-4 --out all', 'all four shards in one report'],
] as const;

/**
 * Merges stores and reports their union. Copies of a run count once. Runs of one cell with different settings, data or
 * code are all kept; the report shows the latest, and a note names the difference.
 *
 * @throws GaussmarkError if a directory holds no records
 */
async function mergeCommand(
  places: readonly string[],
  options: MergeOptions,
  context: CommandContext,
): Promise<number> {
  const { cwd, args, screen } = context;
  const again = places.find((place, i) => places.some((other, j) => j < i && isSamePlace(place, other, cwd)));
  if (again !== undefined) {
    throw new GaussmarkError(`${again} appears twice`, {
      expected: 'different directories',
      remedy: 'list each directory once',
    });
  }
  const sources = await Promise.all(places.map((place) => openSource(place, cwd)));
  const directory = path.resolve(cwd, options.out);
  requireReportPlace(directory);
  const target = Store.open(directory);
  const merged = mergeStores(sources, target);
  const reports = (await Promise.all(places.map((place) => reportBeside(place, cwd)))).flat();
  const report = reportOfStore(
    target,
    {
      created: new Date(),
      command: ['bench', ...args],
      title: options.title ?? reports[0]?.title,
      environment: reports[0]?.environment,
    },
    commonOf(reports),
  );
  target.close();
  const files = await writeReport(report, directory);
  printLines(screen.err, [
    ...sources.flatMap(({ damage }) => explainDamage(damage)),
    `${formatQuantity(merged.copied, 'record')} copied, ${merged.known} already present`,
    ...describeVariants(merged.variants),
  ]);
  printReport(context, options, report, () => renderLeaderboards(report, screen.out));
  printPlace(context, options, 'report', files.html);
  return 0;
}

/** The report in a directory, for what records lack; none if it is missing or damaged. */
async function reportBeside(place: string, cwd: string): Promise<Report[]> {
  try {
    return [await readReport(place, cwd)];
  } catch (error) {
    if (error instanceof GaussmarkError) return [];
    throw error;
  }
}

/** Whether two paths name one directory, through links too. */
function isSamePlace(a: string, b: string, cwd: string): boolean {
  const [first, second] = [a, b].map((place) => {
    const file = path.resolve(cwd, place);
    return existsSync(file) ? realpathSync(file) : file;
  });
  return first === second;
}

/** A store with records, or of a shard whose report shows that it was empty. */
async function openSource(place: string, cwd: string): Promise<Store> {
  const store = Store.open(path.resolve(cwd, place));
  if (store.count > 0) return store;
  const [report] = await reportBeside(place, cwd);
  if (report?.runs.length === 0) return store;
  throw new GaussmarkError(`${place} has no records`, {
    expected: `a directory written by bench run, with a folder ${path.basename(store.directory)}`,
    remedy: 'merge reports without records with bench report',
  });
}

/** What records lack, from the reports beside them. */
function commonOf(reports: readonly Report[]): Parameters<typeof reportOfStore>[2] {
  const skips = new Map(
    reports.flatMap(({ skipped }) => skipped).map((skip) => [JSON.stringify(skip), skip]),
  );
  const [first] = reports;
  const oneProfile = new Set(reports.map(({ profile }) => profile)).size === 1;
  const { profile, published } = (oneProfile && first) || {};
  return { skipped: [...skips.values()], ...defined({ profile, published }) };
}

function describeVariants(variants: readonly Variant[]): string[] {
  const byParts = new Map<string, string[]>();
  for (const { id, parts } of variants) {
    const what = parts.join(', ');
    byParts.set(what, [...(byParts.get(what) ?? []), id]);
  }
  return [...byParts].map(([what, ids]) => {
    const more = ids.length > 1 ? ', ...' : '';
    return `not shown: ${formatQuantity(ids.length, 'record')} of runs with a newer record and a different ${what}: ${ids[0]}${more}`;
  });
}
