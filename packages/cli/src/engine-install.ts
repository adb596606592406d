// `bench engine install`: installs a native part of an engine, after confirmation.

import { didYouMean, GaussmarkError, type InstallDescription, withoutHome } from '@gaussmark/core';
import { locationsOf } from '@gaussmark/harness';
import { EngineLibrary, LIST_ENGINE } from '@gaussmark/worker';
import type { CommandContext } from './context.js';
import { FAILED, STOPPED } from './exit-codes.js';
import type { PluginOptions } from './options.js';
import { withPluginWorker } from './plugin-worker.js';
import { formatDuration, formatFileSize } from './quantities.js';
import { findPlugins, requireNamedPlugins } from './registry.js';
import type { Screen } from './screen.js';
import { stoppable } from './stopping.js';

export interface EngineInstallOptions extends PluginOptions {
  readonly gpu?: boolean;
  readonly yes?: boolean;
  readonly quiet?: boolean;
}

/** Longest silence of an installation, which may build a library. */
const PATIENCE_SECONDS = 3600;

/**
 * Describes an installation, asks for confirmation, and runs it.
 *
 * @throws GaussmarkError for an unknown part, or if there is no terminal to ask on
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
    requireNamedPlugins(registry);
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
    throw new GaussmarkError(`unknown engine part '${name}'${didYouMean(name, names)}`);
  }
  const gpu = options.gpu ?? false;
  const description = describeInstall(await library.describeInstall(part, gpu));
  screen.out.write(`${name}, for engine '${part.engine}': ${part.summary}\n${description}`);
  const answer = options.yes ? 'yes' : await ask(screen);
  if (answer !== 'yes') {
    screen.err.write('nothing installed\n');
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
      screen.err.write('stopped; nothing changed\n');
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

function describeInstall({ directory, downloads, needs, present }: InstallDescription): string {
  const total = downloads.reduce((bytes, download) => bytes + download.bytes, 0);
  const lines = downloads.map(
    ({ name, from, bytes, licence }) =>
      `  downloads  ${name} from ${from}, about ${formatFileSize(bytes)}${licence === undefined ? '' : ` (${licence})`}`,
  );
  return [
    ...lines,
    ...(downloads.length > 1 ? [`  total      about ${formatFileSize(total)}`] : []),
    ...(needs.length === 0 ? [] : [`  needs      ${needs.join(', ')}`]),
    `  goes to    ${withoutHome(directory)}`,
    ...(present === undefined ? [] : [`  optional   runs already use ${withoutHome(present)}`]),
    '',
  ].join('\n');
}

const CTRL_D = '\u0004';

/** @throws GaussmarkError if there is no terminal to ask on */
async function ask({ err }: Screen): Promise<'yes' | 'no' | 'stopped'> {
  if (!process.stdin.isTTY || !err.isTerminal) {
    throw new GaussmarkError('no terminal to ask on', {
      remedy: 'add --yes to install without confirmation',
    });
  }
  if (!err.colors.isColorSupported) process.env.NO_COLOR = '1';
  const { confirm, isCancel, updateSettings } = await import('@clack/prompts');
  updateSettings({ aliases: { [CTRL_D]: 'cancel' } });
  const answer = await confirm({ message: 'Install it?', initialValue: false, output: process.stderr });
  return isCancel(answer) ? 'stopped' : answer ? 'yes' : 'no';
}
