// `bench engine list`: engines, their back ends, what they run on, and the remedy where one cannot.

import { locationsOf } from '@gaussmark/harness';
import { EngineLibrary, LIST_ENGINE, type ListedBackend, type ListedInstaller } from '@gaussmark/worker';
import type { CommandContext } from './context.js';
import type { SharedOptions } from './options.js';
import { withPluginWorker } from './plugin-worker.js';
import { brokenNotes, findPlugins } from './registry.js';
import type { Sheet } from './screen.js';
import { renderTable } from './table.js';

export interface EngineListOptions extends SharedOptions {
  readonly json?: boolean;
}

export async function engineListCommand(
  options: EngineListOptions,
  { cwd, screen: { out, err } }: CommandContext,
): Promise<number> {
  const worker = { purpose: 'looking at engines', prepare: LIST_ENGINE } as const;
  const { registry, backends, installers } = await withPluginWorker(worker, err, async (host) => {
    const found = await findPlugins(locationsOf(cwd, options.plugin));
    return { registry: found, ...(await new EngineLibrary(host, found).list()) };
  });
  if (options.json) {
    out.writeDocument(`${JSON.stringify({ backends, installers }, null, 2)}\n`);
    return 0;
  }
  for (const note of brokenNotes(registry)) err.write(`${note}\n`);
  out.write(`${[renderBackends(backends, out), ...renderInstallers(installers)].join('\n\n')}\n`);
  return 0;
}

function renderBackends(backends: readonly ListedBackend[], sheet: Sheet): string {
  const { colors } = sheet;
  const rows = backends.map((backend) => [
    colors.cyan(backend.selection),
    backend.available ? colors.green('ready') : colors.yellow('not here'),
    backend.available
      ? Object.entries(backend.details)
          .map(([key, value]) => `${key} ${value}`)
          .join(', ')
      : [backend.reason, ...(backend.remedy === undefined ? [] : [`to fix: ${backend.remedy}`])].join('\n'),
  ]);
  return renderTable([{ title: 'engine' }, { title: '' }, { title: 'found' }], rows, sheet);
}

const renderInstallers = (installers: readonly ListedInstaller[]): string[] =>
  installers.length === 0
    ? []
    : [installers.map(({ name, summary }) => `  bench engine install ${name}: ${summary}`).join('\n')];
