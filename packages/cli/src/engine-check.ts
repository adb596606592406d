// `bench engine check`: every engine against the float64 reference, as a table on the terminal and in a page.

import path from 'node:path';
import { formatCommand } from '@gaussmark/analysis/words';
import {
  choosePlugins,
  GaussmarkError,
  isMissingFile,
  readText,
  replaceFile,
  withoutHome,
} from '@gaussmark/core';
import {
  checkInProcess,
  conformanceMarkdown,
  conforms,
  type EngineReport,
  toleranceMarkdown,
} from '@gaussmark/engine-conformance';
import { locationsOf } from '@gaussmark/harness';
import { problemsOfProfile } from '@gaussmark/steps';
import { DataLibrary, EngineLibrary, LIST_ENGINE } from '@gaussmark/worker';
import type { CommandContext } from './context.js';
import { checkProgressOn, renderChecks } from './engine-check-view.js';
import { FAILED, STOPPED } from './exit-codes.js';
import type { SharedOptions } from './options.js';
import { withPluginWorker } from './plugin-worker.js';
import { demandGivenPlugins, findPlugins } from './registry.js';
import { demandWritableFile } from './report-directory.js';
import { shown } from './run-command.js';
import { stoppable } from './stopping.js';

export interface EngineCheckOptions extends SharedOptions {
  readonly engine?: readonly string[];
  readonly steps: boolean;
  readonly markdown?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Whose problems the steps are of. */
const STEPS_PROFILE = 'paper';

/**
 * Checks engines, one after the other.
 *
 * @throws GaussmarkError for wrong input, also a page without marks, before anything runs
 */
export async function engineCheckCommand(
  options: EngineCheckOptions,
  { cwd, args, screen }: CommandContext,
): Promise<number> {
  const locations = locationsOf(cwd, options.plugin);
  const registry = await findPlugins(locations);
  demandGivenPlugins(registry);
  const page = options.markdown === undefined ? undefined : await openPage(options.markdown, cwd);
  const worker = { purpose: 'looking at engines', prepare: LIST_ENGINE } as const;
  const { engines, notes, steps } = await withPluginWorker(worker, screen.err, async (host) => {
    const { selections, notes } = await selectionsOf(options, new EngineLibrary(host, registry));
    const engines = await choosePlugins('engine', selections, registry);
    const data = new DataLibrary(host, registry, locations.cacheDirectory);
    const steps = options.steps
      ? await problemsOfProfile(STEPS_PROFILE, data, cwd)
      : { problems: [], missing: [] };
    return { engines, notes, steps };
  });
  const absent = steps.missing.map(
    ({ problem, dataset }) =>
      `no steps of ${problem}: its shapes are read from data; bench data fetch ${dataset}`,
  );
  for (const note of [...notes, ...absent]) screen.err.write(`${note}\n`);

  const progress = checkProgressOn(screen.err, engines.length, options.quiet ?? false);
  const reports: EngineReport[] = [];
  const stopped = await stoppable(async (signal) => {
    for (const { choice, label } of engines) {
      if (signal.aborted) break;
      progress.begin(label);
      const check = checkInProcess(choice, {
        label,
        problems: steps.problems,
        registry,
        locations,
        onProgress: progress.update,
        signal,
      });
      try {
        const report = await check;
        reports.push(report);
        progress.end(report);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
    return signal.aborted;
  }).finally(progress.stop);

  const ok = reports.every(conforms);
  if (options.json) screen.out.writeDocument(`${JSON.stringify({ ok, engines: reports }, null, 2)}\n`);
  else if (reports.length > 0) screen.out.write(`${renderChecks(reports, screen.out)}\n`);
  if (stopped) {
    screen.err.write(page === undefined ? 'stopped\n' : 'stopped; the page is as it was\n');
    return STOPPED;
  }
  if (page !== undefined) {
    page.write(withoutHome(formatCommand(['bench', ...args])), conformanceMarkdown(reports));
    (options.json ? screen.err : screen.out).write(`table: ${shown(page.file, cwd)}\n`);
  }
  return ok ? 0 : FAILED;
}

/** The engines asked for, or all that can run here; the others are told. */
async function selectionsOf(
  { engine }: EngineCheckOptions,
  library: EngineLibrary,
): Promise<{ readonly selections: readonly string[]; readonly notes: readonly string[] }> {
  if (engine !== undefined) return { selections: engine, notes: [] };
  const { backends } = await library.list();
  const selections = backends.filter(({ available }) => available).map(({ selection }) => selection);
  if (selections.length === 0)
    throw new GaussmarkError('no engine can run here', { remedy: 'see bench engine list' });
  return {
    selections,
    notes: backends.flatMap((backend) =>
      backend.available ? [] : [`not checked: ${backend.selection}: ${backend.reason}`],
    ),
  };
}

/** The lines around a part of a page that is made here. */
const marksOf = (part: string) => [`<!-- ${part}: begin -->`, `<!-- ${part}: end -->`] as const;
const TABLE = marksOf('bench engine check');
/** Where the page has a place for them. */
const TOLERANCES = marksOf('tolerances of bench engine check');

interface Page {
  readonly file: string;
  write(command: string, table: string): void;
}

/**
 * A page whose text between marks is replaced; one that does not exist is made.
 *
 * @throws GaussmarkError if it exists without the marks: it is somebody's text
 */
async function openPage(given: string, cwd: string): Promise<Page> {
  const file = path.resolve(cwd, given);
  demandWritableFile(file, '--markdown');
  const text = await readText(file, { label: given }).catch((error: GaussmarkError) => {
    if (isMissingFile(error.cause)) return `${['# Engines', ...TABLE, ...TOLERANCES].join('\n\n')}\n`;
    throw error;
  });
  if (replaced(text, TABLE, '') === undefined) {
    throw new GaussmarkError(`${given} has no place for the table`, {
      file,
      expected: `the lines ${TABLE.join(' and ')}, and nothing of yours between them`,
      remedy: 'add them, or name a file that does not exist',
    });
  }
  return {
    file,
    write(command, table) {
      const withTable = replaced(text, TABLE, `Made by \`${command}\`.\n\n${table}`)!;
      const content = replaced(withTable, TOLERANCES, toleranceMarkdown()) ?? withTable;
      replaceFile(file, content, { lost: 'the table could not be written' });
    },
  };
}

/** Undefined if the marks are not there in this order. */
function replaced(
  text: string,
  [begin, end]: readonly [string, string],
  content: string,
): string | undefined {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) return undefined;
  return `${text.slice(0, from)}${begin}\n\n${content}\n\n${text.slice(to)}`;
}
