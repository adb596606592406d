// `bench history`: snapshots night by night, where they changed, and a page of it.

import { statSync } from 'node:fs';
import path from 'node:path';
import { didYouMean, GaussmarkError } from '@gaussmark/core';
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
import { type Command, InvalidArgumentError } from 'commander';
import type { CommandContext } from './context.js';
import { FAILED } from './exit-codes.js';
import { renderHistory } from './history-view.js';
import { words } from './options.js';
import { demandWritable } from './report-directory.js';
import { shown } from './run-command.js';

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

/** Adds `bench history` with its commands. */
export function addHistoryCommand(
  program: Command,
  context: CommandContext,
  exit: (code: number) => void,
): void {
  const history = program
    .command('history')
    .description('keep snapshots night by night, and find where they changed')
    .addHelpText('after', HELP);

  const add = history
    .command('add')
    .description('append snapshots, each to the history of its class of machines')
    .argument('<snapshots...>', 'files that bench snapshot --out wrote');
  addNoColor(addPlace(add))
    .option('--json', 'print what was added on stdout, and nothing else there')
    .action(async (files: string[], options: PlaceOptions) =>
      exit(await addCommand(files, options, context)),
    );

  const show = history
    .command('show', { isDefault: true })
    .description('show what changed, since which commit, by how much');
  addNoColor(addJudgement(addPlace(show)))
    .allowExcessArguments()
    .option('--all', 'show every measure, also what never changed')
    .option('--json', 'print the history on stdout, and nothing else there')
    .action((options: ShowOptions, { args }: Command) => {
      demandNoPlace(args);
      exit(showCommand(options, context));
    });

  const report = history
    .command('report')
    .description('write index.html, history.json and history.md')
    .requiredOption('--out <dir>', 'where they go');
  addNoColor(addJudgement(addPlace(report)))
    .allowExcessArguments()
    .option('--title <text>', 'heading of the page', words)
    .option(
      '--repository <url>',
      'where the commits can be seen, at URL/commit/HASH: they become links',
      webAddress,
    )
    .option('--json', 'print the history on stdout, and nothing else there')
    .action(async (options: ReportOptions, { args }: Command) => {
      demandNoPlace(args);
      exit(await reportCommand(options, context));
    });

  const last = history
    .command('last')
    .description('print the latest commit that was measured; nothing if there is none');
  addNoColor(addPlace(last))
    .allowExcessArguments()
    .action((options: PlaceOptions, { args }: Command) => {
      demandNoPlace(args);
      exit(lastCommand(options, context));
    });

  const acknowledged = history
    .command('acknowledge')
    .description('say of a change that it is as it should be: it is open no more')
    .argument('<commit>', 'the commit since which it is so, as bench history shows it')
    .requiredOption('--reason <text>', 'why; shown with the change', words)
    .option('--measure <id>', 'only this measure (default: all that this commit changed)');
  addNoColor(addPlace(acknowledged)).action((commit: string, options: AcknowledgeOptions) =>
    exit(acknowledgeCommand(commit, options, context)),
  );
}

/** Every command names the histories in one way. */
function addPlace(command: Command): Command {
  return command.option(
    '--history <place>',
    'a directory of histories, or the file of one (default: reports/history)',
  );
}

/** @throws GaussmarkError if histories are named by an argument, with the option that names them. */
function demandNoPlace(args: readonly string[]): void {
  const [place] = args;
  if (place === undefined) return;
  throw new GaussmarkError(`unexpected argument '${place}'`, {
    expected: 'histories named by --history',
    got: `'${place}' without it`,
    remedy: `write --history ${place}`,
  });
}

function addJudgement(command: Command): Command {
  return command.option('--fail-on-regression', 'exit code 1 if a change for the worse is open');
}

const addNoColor = (command: Command): Command =>
  command.option('--no-color', 'no colours (NO_COLOR does the same)');

function webAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' && url.search === '' && url.hash === '') return url.href.replace(/\/+$/, '');
  throw new InvalidArgumentError('Expected an address such as https://github.com/owner/name.');
}

/** Beside the last report. */
const directoryOf = (given: string | undefined, cwd: string): string =>
  given === undefined
    ? path.join(path.dirname(defaultReportDirectory(cwd)), 'history')
    : path.resolve(cwd, given);

async function addCommand(
  files: readonly string[],
  options: PlaceOptions,
  { cwd, screen }: CommandContext,
): Promise<number> {
  const directory = directoryOf(options.history, cwd);
  demandDirectory(directory);
  // All are read before anything is written.
  const nights = (await Promise.all(files.map((file) => readSnapshot(file, cwd)))).map(nightOf);
  const classes = [...new Set(nights.map(({ machine }) => machine))];
  const said = options.json ? screen.err : screen.out;
  const results = [];
  for (const machine of classes) {
    const ofClass = nights.filter((night) => night.machine === machine);
    const { file, added, known } = addNights(directory, machine, ofClass);
    results.push({ machine, file, added: added.length, known: known.length });
    said.write(
      `${shown(file, cwd)}: ${added.length} added${known.length === 0 ? '' : `, ${known.length} known before`}\n`,
    );
  }
  if (options.json) screen.out.writeDocument(`${JSON.stringify(results)}\n`);
  return 0;
}

/** A file holds one class of machines; which one a snapshot belongs to is not the user's to say. */
function demandDirectory(place: string): void {
  if (statSync(place, { throwIfNoEntry: false })?.isDirectory() !== false) return;
  throw new GaussmarkError(`${place} is no directory`, {
    expected: 'a directory, in which each class of machines has a file',
    got: 'a file',
    remedy: `give the directory: --history ${path.dirname(place)}`,
  });
}

function showCommand(options: ShowOptions, { cwd, screen }: CommandContext): number {
  const histories = readHistories(directoryOf(options.history, cwd));
  sayDamage(histories, cwd, screen);
  const report = historyReport(histories, { created: new Date() });
  if (options.json) screen.out.writeDocument(renderHistoryJson(report));
  else screen.out.write(`${renderHistory(report, screen.out, options.all ?? false)}\n`);
  return judged(openMeasures(report).length, options, screen);
}

/** For scripts: what to compare with tonight. A history that has not begun is no mistake. */
function lastCommand({ history }: PlaceOptions, { cwd, screen }: CommandContext): number {
  const directory = directoryOf(history, cwd);
  // A night that was torn off is none, and there may be no other.
  const histories = hasHistories(directory) ? readHistories(directory) : [];
  sayDamage(histories, cwd, screen);
  // An old commit that was measured today to fill a gap is not what tonight follows.
  const last = inOrderOfCommits(distinctNights(histories)).at(-1);
  if (last === undefined) screen.err.write(`there is no history in ${shown(directory, cwd)} yet\n`);
  else if (last.revision.commit === null) screen.err.write('the last night is of no commit\n');
  else screen.out.write(`${last.revision.commit}\n`);
  return 0;
}

async function reportCommand(options: ReportOptions, { cwd, screen }: CommandContext): Promise<number> {
  const histories = readHistories(directoryOf(options.history, cwd));
  sayDamage(histories, cwd, screen);
  const directory = path.resolve(cwd, options.out);
  demandWritable(directory);
  const { title, repository } = options;
  const report = historyReport(histories, { created: new Date(), title, repository });
  const { html } = await writeHistory(report, directory);
  if (options.json) screen.out.writeDocument(renderHistoryJson(report));
  (options.json ? screen.err : screen.out).write(`history: ${shown(html, cwd)}\n`);
  return judged(openMeasures(report).length, options, screen);
}

function acknowledgeCommand(
  commit: string,
  { reason, measure, history }: AcknowledgeOptions,
  { cwd, screen }: CommandContext,
): number {
  if (!/^[0-9a-f]{7,64}$/.test(commit)) {
    throw new GaussmarkError(`'${commit}' is no commit`, {
      expected: 'at least 7 hexadecimal digits of its hash',
      remedy: 'bench history shows the commits of changes',
    });
  }
  const histories = readHistories(directoryOf(history, cwd));
  const holding = histories.filter(({ nights }) =>
    nights.some(({ revision }) => revision.commit?.startsWith(commit)),
  );
  if (holding.length === 0) {
    throw new GaussmarkError(`no night is of commit ${commit}`, {
      remedy: 'bench history shows the commits of changes',
    });
  }
  const ids = [
    ...new Set(
      holding.flatMap(({ nights }) => nights.flatMap(({ measures }) => measures.map(({ id }) => id))),
    ),
  ];
  if (measure !== undefined && !ids.includes(measure)) {
    throw new GaussmarkError(`unknown measure '${measure}'${didYouMean(measure, ids)}`, {
      remedy: 'bench history --all shows every measure',
    });
  }
  for (const { file } of holding) {
    acknowledge(file, { created: new Date().toISOString(), commit, measure: measure ?? null, reason });
    screen.out.write(`${shown(file, cwd)}: acknowledged\n`);
  }
  return 0;
}

const DAMAGE: Readonly<Record<HistoryFile['damage'][number]['kind'], string>> = {
  unfinished: 'it is unfinished',
  unreadable: 'it cannot be read',
  altered: 'its checksum is wrong',
};

/** Says which lines of histories were left out, and why. */
export function sayDamage(
  histories: readonly HistoryFile[],
  cwd: string,
  { err }: CommandContext['screen'],
): void {
  for (const { file, damage, repeats } of histories) {
    for (const { line, kind } of damage)
      err.write(`${shown(file, cwd)}: line ${line} was left out: ${DAMAGE[kind]}\n`);
    if (repeats.length > 0) err.write(`${shown(file, cwd)}: ${repeatsWords(repeats)}\n`);
  }
}

function repeatsWords(lines: readonly number[]): string {
  const first = lines[0]!;
  return lines.length === 1
    ? `line ${first} repeats a night and counts once`
    : `${lines.length} lines repeat nights and count once, the first of them line ${first}`;
}

function judged(open: number, { failOnRegression }: ShowOptions, { err }: CommandContext['screen']): number {
  if (open === 0 || failOnRegression !== true) return 0;
  const changes = open === 1 ? '1 change is' : `${open} changes are`;
  err.write(
    `${changes} open: mend what is worse, or say that it should be so with bench history acknowledge COMMIT --reason TEXT\n`,
  );
  return FAILED;
}

const HELP = `
Examples:
  bench snapshot --out tonight.json                       what this revision measures
  bench history add tonight.json --history history        append it to the history of this class of machines
  bench history show --history history                    what changed, since which commit, by how much
  bench history report --history history --out site       the same as a page, JSON and Markdown
  bench history acknowledge 1a2b3c4 --reason 'bigger default batch' --history history

A history is a file of JSON lines that only grows: one snapshot a line, one file for each class of machines. Nights are in
the order of their commits. Numbers without noise change when they differ by more than their tolerance; timings, from ten
nights on, where a new level or a slow drift explains them better than noise does.

Exit codes: 0 done; 1 with --fail-on-regression, if the last change of a measure is for the worse, or of a number that
should stay as it is, and nobody acknowledged it; 2 the input is wrong; 3 the history could not be written.`;
