// `bench engine list`: engines, their back ends, what they run on, and the remedy where one cannot.

import type { Registry } from '@gaussmark/core';
import { backendsOf, type ListedBackend } from '../conformance/backends.js';
import { surroundingsOf } from '../surroundings.js';
import type { CommandContext } from './context.js';
import { installersOf } from './engine-install.js';
import type { SharedOptions } from './options.js';
import { brokenNotes, findPlugins } from './registry.js';
import type { Sheet } from './screen.js';
import { renderTable } from './table.js';

export interface EngineListOptions extends SharedOptions {
  readonly json?: boolean;
}

interface ListedInstaller {
  readonly name: string;
  readonly engine: string;
  readonly summary: string;
}

export async function engineListCommand(
  options: EngineListOptions,
  { cwd, screen: { out, err } }: CommandContext,
): Promise<number> {
  const registry = await findPlugins(surroundingsOf(cwd, options.plugin));
  const backends = await allBackends(registry);
  const installers = (await installersOf(registry)).map(
    ({ name, engine, installer: { summary } }): ListedInstaller => ({ name, engine, summary }),
  );
  if (options.json) {
    out.writeDocument(`${JSON.stringify({ backends, installers }, null, 2)}\n`);
    return 0;
  }
  for (const note of brokenNotes(registry)) err.write(`${note}\n`);
  out.write(`${[renderBackends(backends, out), ...renderInstallers(installers)].join('\n\n')}\n`);
  return 0;
}

/** The back ends of every engine, engine by engine. */
export async function allBackends(registry: Registry): Promise<ListedBackend[]> {
  const all: ListedBackend[] = [];
  for (const entry of registry.list('engine')) all.push(...(await backendsOf(entry, registry)));
  return all;
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
