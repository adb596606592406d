// `bench engine install`: a native part of an engine, put in place after the user has heard what that takes.

import { createInterface } from 'node:readline/promises';
import { didYouMean, GaussmarkError, type InstallDescription, withoutHome } from '@gaussmark/core';
import { locationsOf } from '@gaussmark/harness';
import { EngineLibrary, LIST_ENGINE } from '@gaussmark/worker';
import type { CommandContext } from './context.js';
import { formatBytes } from './data-view.js';
import { formatDuration } from './duration.js';
import { FAILED, STOPPED } from './exit-codes.js';
import type { SharedOptions } from './options.js';
import { withPluginWorker } from './plugin-worker.js';
import { demandGivenPlugins, findPlugins } from './registry.js';
import type { Screen } from './screen.js';
import { stoppable } from './stopping.js';

export interface EngineInstallOptions extends SharedOptions {
  readonly gpu?: boolean;
  readonly yes?: boolean;
  readonly quiet?: boolean;
}

/** What an installation may take between two words of it: it may build a library. */
const PATIENCE_SECONDS = 3600;

/**
 * Says what an installation takes, asks, and does it.
 *
 * @throws GaussmarkError for an unknown part, or where nobody can be asked
 */
export function engineInstallCommand(
  name: string,
  options: EngineInstallOptions,
  context: CommandContext,
): Promise<number> {
  const limits = { timeout: PATIENCE_SECONDS };
  const worker = { purpose: 'the installation', prepare: LIST_ENGINE, limits } as const;
  return withPluginWorker(worker, context.screen.err, async (host) => {
    const registry = await findPlugins(locationsOf(context.cwd, options.plugin));
    demandGivenPlugins(registry);
    return install(name, options, context, new EngineLibrary(host, registry));
  });
}

async function install(
  name: string,
  options: EngineInstallOptions,
  { screen }: CommandContext,
  library: EngineLibrary,
): Promise<number> {
  const parts = await library.installers();
  const part = parts.find((each) => each.name === name);
  if (part === undefined) {
    const names = parts.map((each) => each.name);
    throw new GaussmarkError(`there is no part '${name}' to install${didYouMean(name, names)}`);
  }
  const gpu = options.gpu ?? false;
  const description = describeInstall(await library.describeInstall(part, gpu));
  const introduction = `${name}, for engine '${part.engine}': ${part.summary}\n${description}`;
  screen.out.write(introduction);
  const answer = options.yes ? 'yes' : await ask(screen);
  if (answer !== 'yes') {
    screen.err.write('nothing was installed\n');
    return answer === 'stopped' ? STOPPED : 0;
  }
  const start = performance.now();
  const onProgress = (activity: string) => {
    if (!options.quiet) screen.err.write(`${screen.err.colors.dim('...')} ${activity}\n`);
  };
  try {
    const result = await stoppable(async (signal) => {
      try {
        return await library.install(part, gpu, { onProgress, signal });
      } catch (error) {
        if (signal.aborted) return undefined;
        throw error;
      }
    });
    if (result === undefined) {
      screen.err.write('stopped; what was there before is as it was\n');
      return STOPPED;
    }
    const seconds = (performance.now() - start) / 1000;
    const { found, directory } = result;
    screen.out.write(`installed: ${found}, in ${withoutHome(directory)} (${formatDuration(seconds)})\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof GaussmarkError)) throw error;
    screen.err.write(`${screen.err.colors.red('error:')} ${error.message}\n`);
    return FAILED;
  }
}

function describeInstall({ directory, downloads, needs }: InstallDescription): string {
  const total = downloads.reduce((bytes, download) => bytes + download.bytes, 0);
  const lines = downloads.map(
    ({ name, from, bytes }) => `  downloads  ${name} from ${from}, about ${formatBytes(bytes)}`,
  );
  return [
    ...lines,
    ...(downloads.length > 1 ? [`  in all     about ${formatBytes(total)}`] : []),
    ...(needs.length === 0 ? [] : [`  needs      ${needs.join(', ')}`]),
    `  goes to    ${withoutHome(directory)}`,
    '',
  ].join('\n');
}

/** @throws GaussmarkError where there is no terminal to ask on */
async function ask({ err }: Screen): Promise<'yes' | 'no' | 'stopped'> {
  if (!process.stdin.isTTY || !err.isTerminal) {
    throw new GaussmarkError('there is no terminal to ask on', {
      remedy: 'say --yes to install without being asked',
    });
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // The question itself does not end with its terminal in every version of Node.
  const unanswered = new AbortController();
  let stopped = false;
  lines.once('close', () => unanswered.abort());
  // Ctrl-C; while lines are read it is a character, and no signal.
  lines.once('SIGINT', () => {
    stopped = true;
    lines.close();
  });
  try {
    const answer = await lines.question('Install it? [y/N] ', { signal: unanswered.signal });
    return /^y(es)?$/i.test(answer.trim()) ? 'yes' : 'no';
  } catch (error) {
    if (!unanswered.signal.aborted) throw error;
    return stopped ? 'stopped' : 'no';
  } finally {
    lines.close();
  }
}
