// `bench engine check`: compares engines with the float64 reference, as a table on the terminal or in a Markdown file.

import path from 'node:path';
import { formatCommand } from '@gaussmark/analysis/words';
import {
  choosePlugins,
  GaussmarkError,
  isMissingFile,
  readText,
  replaceFile,
  requireWritableFile,
  withoutHome,
} from '@gaussmark/core';
import {
  checkInProcess,
  conformanceMarkdown,
  conforms,
  type EngineReport,
  toleranceMarkdown,
} from '@gaussmark/engine-conformance';
import { demandNamedEngines, locationsOf } from '@gaussmark/harness';
import { problemsOfProfile } from '@gaussmark/steps';
import { DataLibrary, EngineLibrary, LIST_ENGINE } from '@gaussmark/worker';
import type { CommandContext } from './context.js';
import { renderChecks, verdictOf } from './engine-check-view.js';
import { FAILED, STOPPED } from './exit-codes.js';
import { seriesProgressOn } from './live-display.js';
import type { PluginOptions } from './options.js';
import { printJsonOr, printLines, printPlace } from './output.js';
import { withPluginWorker } from './plugin-worker.js';
import { findPlugins, requireNamedPlugins } from './registry.js';
import { stoppable } from './stopping.js';

export interface EngineCheckOptions extends PluginOptions {
  readonly engine?: readonly string[];
  readonly steps: boolean;
  readonly markdown?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** The optimizer steps of this profile's problems are checked. */
const STEPS_PROFILE = 'paper';

/**
 * Checks engines one after another.
 *
 * @throws GaussmarkError for wrong input or a file without markers, before anything runs
 */
export async function engineCheckCommand(
  options: EngineCheckOptions,
  context: CommandContext,
): Promise<number> {
  const { cwd, args, screen } = context;
  const locations = locationsOf(cwd, options.plugin);
  const registry = await findPlugins(locations);
  requireNamedPlugins(registry);
  const page = options.markdown === undefined ? undefined : await openPage(options.markdown, cwd);
  const worker = { purpose: 'listing engines', prepare: LIST_ENGINE } as const;
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
      `skipping steps of ${problem}: its shapes come from data; run bench data fetch ${dataset}`,
  );
  printLines(screen.err, [...notes, ...absent]);

  const progress = seriesProgressOn(screen.err, engines.length, options.quiet ?? false);
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
        onProgress: ({ done, total, subject }) => progress.update(`${done} of ${total} cases, ${subject}`),
        signal,
      });
      try {
        const report = await check;
        reports.push(report);
        progress.end(verdictOf(report));
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
    return signal.aborted;
  }).finally(progress.stop);

  const ok = reports.every(conforms);
  if (options.json || reports.length > 0) {
    printJsonOr(context, options, { ok, engines: reports }, () => renderChecks(reports, screen.out));
  }
  if (stopped) {
    screen.err.write(page === undefined ? 'stopped\n' : 'stopped; the file is unchanged\n');
    return STOPPED;
  }
  if (page !== undefined) {
    page.write(withoutHome(formatCommand(['bench', ...args])), conformanceMarkdown(reports));
    printPlace(context, options, 'table', page.file);
  }
  return ok ? 0 : FAILED;
}

/** The named engines, or all that run here with notes on the others. */
async function selectionsOf(
  { engine }: EngineCheckOptions,
  library: EngineLibrary,
): Promise<{ readonly selections: readonly string[]; readonly notes: readonly string[] }> {
  demandNamedEngines(engine, 'a check is of given engines, by default of all that run here');
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

/** The markers around a generated part of a file. */
const markersOf = (part: string) => [`<!-- ${part}: begin -->`, `<!-- ${part}: end -->`] as const;
const TABLE = markersOf('bench engine check');
/** Optional in a file. */
const TOLERANCES = markersOf('tolerances of bench engine check');

interface Page {
  readonly file: string;
  write(command: string, table: string): void;
}

/**
 * Opens a file whose text between markers is generated, or creates it.
 *
 * @throws GaussmarkError if it exists without the markers
 */
async function openPage(given: string, cwd: string): Promise<Page> {
  const file = path.resolve(cwd, given);
  requireWritableFile(file, '--markdown');
  const text = await readText(file, { label: given }).catch((error: GaussmarkError) => {
    if (isMissingFile(error.cause)) return `${['# Engines', ...TABLE, ...TOLERANCES].join('\n\n')}\n`;
    throw error;
  });
  if (replaced(text, TABLE, '') === undefined) {
    throw new GaussmarkError(`${given} has no markers for the table`, {
      file,
      expected: `the lines ${TABLE.join(' and ')}; text between them is replaced`,
      remedy: 'add the markers, or name a new file',
    });
  }
  return {
    file,
    write(command, table) {
      const withTable = replaced(text, TABLE, `Generated by \`${command}\`.\n\n${table}`)!;
      const content = replaced(withTable, TOLERANCES, toleranceMarkdown()) ?? withTable;
      replaceFile(file, content, { lost: 'the table could not be written' });
    },
  };
}

/** Undefined if the markers are missing or out of order. */
function replaced(
  text: string,
  [begin, end]: readonly [string, string],
  content: string,
): string | undefined {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) return undefined;
  return `${text.slice(0, from)}${begin}\n\n${content}\n\n${text.slice(to)}`;
}
