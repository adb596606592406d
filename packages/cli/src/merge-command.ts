// `bench merge`: one store and one report of several, as the shards of a plan need it.

import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import type { Report } from '@gaussmark/analysis';
import { defined, GaussmarkError } from '@gaussmark/core';
import {
  explainDamage,
  mergeStores,
  readReport,
  reportOfStore,
  Store,
  type Variant,
} from '@gaussmark/harness';
import { renderJson, writeReport } from '@gaussmark/report';
import type { Command } from 'commander';
import type { CommandContext } from './context.js';
import { renderLeaderboards } from './leaderboard-view.js';
import { addSharedOptions, type SharedOptions, words } from './options.js';
import { demandReportPlace } from './report-directory.js';
import { shown } from './run-command.js';

interface MergeOptions extends SharedOptions {
  readonly out: string;
  readonly title?: string;
  readonly json?: boolean;
}

export function addMergeCommand(
  program: Command,
  context: CommandContext,
  exit: (code: number) => void,
): void {
  const command = program
    .command('merge')
    .description('join the stored runs of several directories, and report them')
    .argument('<dirs...>', 'directories that bench run wrote into (--out)')
    .requiredOption('--out <dir>', 'where the joined records and their report go')
    .option('--title <text>', 'heading of the report', words)
    .option('--json', 'print the report document on stdout, and nothing else there');
  addSharedOptions(command)
    .addHelpText('after', HELP)
    .action(async (places: string[], options: MergeOptions) =>
      exit(await mergeCommand(places, options, context)),
    );
}

const HELP = `
Examples:
  # on the first of four machines
  bench run --profile paper --shard 1/4 --out shard-1

  # the runs of all four in one report
  bench merge shard-1 shard-2 shard-3 shard-4 --out all`;

/**
 * Joins stores and writes the report of all that they hold. Two records of one run are no conflict; where settings, data or
 * code differ between records of one cell, both are kept and the later is shown, with a word on what differs.
 *
 * @throws GaussmarkError if a directory holds no records.
 */
async function mergeCommand(
  places: readonly string[],
  options: MergeOptions,
  { cwd, args, screen }: CommandContext,
): Promise<number> {
  const again = places.find((place, i) => places.some((other, j) => j < i && isSamePlace(place, other, cwd)));
  if (again !== undefined) {
    throw new GaussmarkError(`${again} is given twice`, {
      expected: 'different directories',
      remedy: 'name each once',
    });
  }
  const sources = await Promise.all(places.map((place) => openSource(place, cwd)));
  const directory = path.resolve(cwd, options.out);
  demandReportPlace(directory);
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
  const say = (line: string) => screen.err.write(`${line}\n`);
  for (const { damage } of sources) for (const line of explainDamage(damage)) say(line);
  say(`${merged.copied} records copied, ${merged.known} known before`);
  for (const line of describeVariants(merged.variants)) say(line);
  if (options.json) screen.out.writeDocument(renderJson(report));
  else screen.out.write(`${renderLeaderboards(report, screen.out)}\n\n`);
  (options.json ? screen.err : screen.out).write(`report: ${shown(files.html, cwd)}\n`);
  return 0;
}

/** What a report says that records do not; a damaged one says nothing. */
async function reportBeside(place: string, cwd: string): Promise<Report[]> {
  try {
    return [await readReport(place, cwd)];
  } catch (error) {
    if (error instanceof GaussmarkError) return [];
    throw error;
  }
}

/** Whether two paths lead to one directory, by links too. */
function isSamePlace(a: string, b: string, cwd: string): boolean {
  const [first, second] = [a, b].map((place) => {
    const file = path.resolve(cwd, place);
    return existsSync(file) ? realpathSync(file) : file;
  });
  return first === second;
}

/** A store with records, or the one of a shard that held no runs, as its report says. */
async function openSource(place: string, cwd: string): Promise<Store> {
  const store = Store.open(path.resolve(cwd, place));
  if (store.count > 0) return store;
  const [report] = await reportBeside(place, cwd);
  if (report?.runs.length === 0) return store;
  throw new GaussmarkError(`there are no records in ${place}`, {
    expected: `a directory that bench run wrote into, with a folder ${path.basename(store.directory)}`,
    remedy: 'reports without records are joined by bench report',
  });
}

/** What records do not say, where the reports beside them do. */
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
    const runs = ids.length === 1 ? '1 record is' : `${ids.length} records are`;
    return `${runs} older than another of the same run with a different ${what}, and not shown: ${ids[0]}${ids.length > 1 ? ', ...' : ''}`;
  });
}
