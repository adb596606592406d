// `bench engine list`: engines and their back ends, with remedies for those that cannot run here.

import { locationsOf } from '@gaussmark/harness';
import { EngineLibrary, LIST_ENGINE, type ListedBackend, type ListedInstaller } from '@gaussmark/worker';
import type { CommandContext } from './context.js';
import type { PluginOptions } from './options.js';
import { printJsonOr, printLines } from './output.js';
import { withPluginWorker } from './plugin-worker.js';
import { brokenNotes, findPlugins } from './registry.js';
import type { Sink } from './screen.js';
import { renderTable } from './table.js';

export interface EngineListOptions extends PluginOptions {
  readonly json?: boolean;
}

export async function engineListCommand(
  options: EngineListOptions,
  context: CommandContext,
): Promise<number> {
  const { cwd, screen } = context;
  const worker = { purpose: 'listing engines', prepare: LIST_ENGINE } as const;
  const { registry, backends, installers } = await withPluginWorker(worker, screen.err, async (host) => {
    const found = await findPlugins(locationsOf(cwd, options.plugin));
    return { registry: found, ...(await new EngineLibrary(host, found).list()) };
  });
  if (!options.json) printLines(screen.err, brokenNotes(registry));
  printJsonOr(context, options, { backends, installers }, () =>
    [renderBackends(backends, screen.out), ...renderInstallers(installers)].join('\n\n'),
  );
  return 0;
}

function renderBackends(backends: readonly ListedBackend[], sink: Sink): string {
  const { colors } = sink;
  const rows = backends.map((backend) => [
    colors.cyan(backend.selection),
    backend.available ? colors.green('ready') : colors.yellow('unavailable'),
    backend.available
      ? Object.entries(backend.details)
          .map(([key, value]) => `${key} ${value}`)
          .join(', ')
      : [backend.reason, ...(backend.remedy === undefined ? [] : [`to fix: ${backend.remedy}`])].join('\n'),
  ]);
  return renderTable([{ title: 'engine' }, { title: '' }, { title: 'details' }], rows, sink);
}

const renderInstallers = (installers: readonly ListedInstaller[]): string[] =>
  installers.length === 0
    ? []
    : [installers.map(({ name, summary }) => `  bench engine install ${name}: ${summary}`).join('\n')];
