// `bench history`: keeps nightly snapshots, finds where they changed, and writes a page.

import { statSync } from 'node:fs';
import path from 'node:path';
import { formatQuantity } from '@gaussmark/analysis/words';
import { didYouMean, GaussmarkError, requireWritable } from '@gaussmark/core';
import { defaultReportDirectory } from '@gaussmark/harness';
import { renderHistoryJson, writeHistory } from '@gaussmark/report';
import {
  acknowledge,
  addNights,
  distinctNights,
  type HistoryFile,
  hasHistories,
  historyReport,
  inOrderOfCommits,
  nightOf,
  openMeasures,
  readHistories,
  readSnapshot,
} from '@gaussmark/tracking';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CommandContext } from './context.js';
import { FAILED } from './exit-codes.js';
import { examples } from './help-text.js';
import { renderHistory } from './history-view.js';
import { addOptions, jsonOption, titleOption, valued, words } from './options.js';
import { fromHere, printPlace, remarksOf } from './output.js';

interface PlaceOptions {
  readonly history?: string;
  readonly json?: boolean;
}

interface ShowOptions extends PlaceOptions {
  readonly all?: boolean;
  readonly failOnRegression?: boolean;
  readonly title?: string;
  readonly repository?: string;
}

interface ReportOptions extends ShowOptions {
  readonly out: string;
}

interface AcknowledgeOptions extends PlaceOptions {
  readonly reason: string;
  readonly measure?: string;
}

const placeOption = () =>
  new Option('--history <place>', 'directory of histories, or one file (default: reports/history)');
const failOption = () =>
  new Option('--fail-on-regression', 'exit with code 1 if a change for the worse is open');

export function defineHistory(history: Command, context: CommandContext): void {
  history.addHelpText('after', examples(EXAMPLES, NOTES));

  const add = history
    .command('add')
    .description('append snapshots to the histories of their machine classes')
    .argument('<snapshots...>', 'files from bench snapshot --out');
  addOptions(add, placeOption(), jsonOption('the result')).action(
    async (files: string[], options: PlaceOptions) => context.exit(await addCommand(files, options, context)),
  );

  const show = history
    .command('show', { isDefault: true })
    .description('show what changed, since which commit and by how much')
    .allowExcessArguments();
  addOptions(
    show,
    placeOption(),
    failOption(),
    new Option('--all', 'show every measure, changed or not'),
    jsonOption('the history'),
  ).action((options: ShowOptions, { args }: Command) => {
    rejectPlace(args);
    context.exit(showCommand(options, context));
  });

  const report = history
    .command('report')
    .description('write index.html, history.json and history.md')
    .requiredOption('--out <dir>', 'directory to write to')
    .allowExcessArguments();
  addOptions(
    report,
    placeOption(),
    failOption(),
    titleOption(),
    valued('--repository <url>', 'link commits to URL/commit/HASH', webAddress),
    jsonOption('the history'),
  ).action(async (options: ReportOptions, { args }: Command) => {
    rejectPlace(args);
    context.exit(await reportCommand(options, context));
  });

  const last = history
    .command('last')
    .description('print the latest measured commit, if any')
    .allowExcessArguments();
  addOptions(last, placeOption()).action((options: PlaceOptions, { args }: Command) => {
    rejectPlace(args);
    context.exit(lastCommand(options, context));
  });

  const acknowledged = history
    .command('acknowledge')
    .description('mark a change as intended, closing it')
    .argument('<commit>', 'the first commit with the change, as listed by bench history')
    .requiredOption('--reason <text>', 'the reason, shown with the change', words);
  addOptions(
    acknowledged,
    new Option('--measure <id>', 'only this measure (default: all changed by the commit)'),
    placeOption(),
  ).action((commit: string, options: AcknowledgeOptions) =>
    context.exit(acknowledgeCommand(commit, options, context)),
  );
}

/** @throws GaussmarkError if a history is given without --history */
function rejectPlace(args: readonly string[]): void {
  const [place] = args;
  if (place === undefined) return;
  throw new GaussmarkError(`unexpected argument '${place}'`, {
    remedy: `name histories with an option: --history ${place}`,
  });
}

function webAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' && url.search === '' && url.hash === '') return url.href.replace(/\/+$/, '');
  throw new InvalidArgumentError('Expected an address such as https://github.com/owner/name.');
}

const directoryOf = (given: string | undefined, cwd: string): string =>
  given === undefined
    ? path.join(path.dirname(defaultReportDirectory(cwd)), 'history')
    : path.resolve(cwd, given);

async function addCommand(
  files: readonly string[],
  options: PlaceOptions,
  context: CommandContext,
): Promise<number> {
  const { cwd, screen } = context;
  const directory = directoryOf(options.history, cwd);
  requireDirectory(directory);
  // Read all before writing any.
  const nights = (await Promise.all(files.map((file) => readSnapshot(file, cwd)))).map(nightOf);
  const classes = [...new Set(nights.map(({ machine }) => machine))];
  const results = [];
  for (const machine of classes) {
    const ofClass = nights.filter((night) => night.machine === machine);
    const { file, added, known } = addNights(directory, machine, ofClass);
    results.push({ machine, file, added: added.length, known: known.length });
    const old = known.length === 0 ? '' : `, ${known.length} already present`;
    remarksOf(context, options).write(`${fromHere(file, cwd)}: ${added.length} added${old}\n`);
  }
  if (options.json) screen.out.writeDocument(`${JSON.stringify(results)}\n`);
  return 0;
}

/** @throws GaussmarkError for a file: snapshots go to the file of their machine class */
function requireDirectory(place: string): void {
  if (statSync(place, { throwIfNoEntry: false })?.isDirectory() !== false) return;
  throw new GaussmarkError(`${place} is not a directory`, {
    expected: 'a directory with a file per machine class',
    got: 'a file',
    remedy: `give the directory: --history ${path.dirname(place)}`,
  });
}

function showCommand(options: ShowOptions, { cwd, screen }: CommandContext): number {
  const histories = readHistories(directoryOf(options.history, cwd));
  warnOfDamage(histories, cwd, screen);
  const report = historyReport(histories, { created: new Date() });
  if (options.json) screen.out.writeDocument(renderHistoryJson(report));
  else screen.out.write(`${renderHistory(report, screen.out, options.all ?? false)}\n`);
  return judged(openMeasures(report).length, options, screen);
}

/** Prints the commit to compare with tonight. An empty history is not an error. */
function lastCommand({ history }: PlaceOptions, { cwd, screen }: CommandContext): number {
  const directory = directoryOf(history, cwd);
  const histories = hasHistories(directory) ? readHistories(directory) : [];
  warnOfDamage(histories, cwd, screen);
  // In order of commits, not of measurement: an old commit may be measured late, to fill a gap.
  const last = inOrderOfCommits(distinctNights(histories)).at(-1);
  if (last === undefined) screen.err.write(`${fromHere(directory, cwd)} has no history yet\n`);
  else if (last.revision.commit === null) screen.err.write('the last snapshot has no commit\n');
  else screen.out.write(`${last.revision.commit}\n`);
  return 0;
}

async function reportCommand(options: ReportOptions, context: CommandContext): Promise<number> {
  const { cwd, screen } = context;
  const histories = readHistories(directoryOf(options.history, cwd));
  warnOfDamage(histories, cwd, screen);
  const directory = path.resolve(cwd, options.out);
  requireWritable(directory);
  const { title, repository } = options;
  const report = historyReport(histories, { created: new Date(), title, repository });
  const { html } = await writeHistory(report, directory);
  if (options.json) screen.out.writeDocument(renderHistoryJson(report));
  printPlace(context, options, 'history', html);
  return judged(openMeasures(report).length, options, screen);
}

function acknowledgeCommand(
  commit: string,
  { reason, measure, history }: AcknowledgeOptions,
  { cwd, screen }: CommandContext,
): number {
  if (!/^[0-9a-f]{7,64}$/.test(commit)) {
    throw new GaussmarkError(`'${commit}' is not a commit`, {
      expected: 'at least 7 hexadecimal digits of its hash',
      remedy: "see the commits in 'bench history'",
    });
  }
  const histories = readHistories(directoryOf(history, cwd));
  const holding = histories.filter(({ nights }) =>
    nights.some(({ revision }) => revision.commit?.startsWith(commit)),
  );
  if (holding.length === 0) {
    throw new GaussmarkError(`no snapshot has commit ${commit}`, {
      remedy: "see the commits in 'bench history'",
    });
  }
  const ids = [
    ...new Set(
      holding.flatMap(({ nights }) => nights.flatMap(({ measures }) => measures.map(({ id }) => id))),
    ),
  ];
  if (measure !== undefined && !ids.includes(measure)) {
    throw new GaussmarkError(`unknown measure '${measure}'${didYouMean(measure, ids)}`, {
      remedy: "see all measures with 'bench history --all'",
    });
  }
  for (const { file } of holding) {
    acknowledge(file, { created: new Date().toISOString(), commit, measure: measure ?? null, reason });
    screen.out.write(`${fromHere(file, cwd)}: acknowledged\n`);
  }
  return 0;
}

const DAMAGE: Readonly<Record<HistoryFile['damage'][number]['kind'], string>> = {
  unfinished: 'truncated',
  unreadable: 'unreadable',
  altered: 'wrong checksum',
};

/** Warns of skipped and repeated lines. */
export function warnOfDamage(
  histories: readonly HistoryFile[],
  cwd: string,
  { err }: CommandContext['screen'],
): void {
  for (const { file, damage, repeats } of histories) {
    for (const { line, kind } of damage)
      err.write(`${fromHere(file, cwd)}: skipped line ${line}: ${DAMAGE[kind]}\n`);
    if (repeats.length > 0) err.write(`${fromHere(file, cwd)}: ${repeatsWords(repeats)}\n`);
  }
}

function repeatsWords(lines: readonly number[]): string {
  const first = lines[0]!;
  return lines.length === 1
    ? `line ${first} repeats a snapshot, counted once`
    : `${lines.length} lines repeat snapshots, counted once; the first is line ${first}`;
}

function judged(open: number, { failOnRegression }: ShowOptions, { err }: CommandContext['screen']): number {
  if (open === 0 || failOnRegression !== true) return 0;
  const changes = formatQuantity(open, 'open change');
  err.write(`${changes}: fix it, or run 'bench history acknowledge COMMIT --reason TEXT' if intended\n`);
  return FAILED;
}

const EXAMPLES = [
  ['bench snapshot --out tonight.json', 'measure this revision'],
  ['bench history add tonight.json --history history', "append to this machine class's history"],
  ['bench history show --history history', 'what changed, since when, by how much'],
  ['bench history report --history history --out site', 'the same as HTML, JSON and Markdown'],
  [
    "bench history acknowledge 1a2b3c4 --reason 'bigger batch' --history history",
    'mark a change as intended',
  ],
] as const;

const NOTES = `
A history is an append-only JSON Lines file, one per machine class, with a snapshot per line. Snapshots are ordered by
commit. A deterministic measure has changed when it differs by more than its tolerance. A timing has changed, after at
least ten snapshots, when a new level or a slow drift explains it better than noise.

Exit codes:
  0  done
  1  with --fail-on-regression: the last change of a measure is for the worse, or a deterministic measure changed, and nobody acknowledged it
  2  wrong input
  3  the history could not be written`;
