// The back ends of engines on this machine: those an engine lists, else whether it starts.

import {
  defaultsOf,
  defined,
  type EngineBackend,
  formatSelection,
  GaussmarkError,
  type PluginEntry,
  type Registry,
} from '@gaussmark/core';
import { callPlugin, loadPlugin } from './plugin-call.js';

/** A way to run an engine; `selection` is its argument for `--engine`. */
export type ListedBackend = EngineBackend & { readonly engine: string; readonly selection: string };

/** An engine that does not load has one entry, with the reason. */
export async function backendsOf(
  entry: PluginEntry<'engine'>,
  registry: Registry,
): Promise<readonly ListedBackend[]> {
  const { name } = entry;
  try {
    const plugin = await loadPlugin(registry, entry);
    return await callPlugin('engine', name, async () => {
      if (plugin.backends !== undefined) {
        return (await plugin.backends()).map((backend) => listed(name, backend));
      }
      const engine = await plugin.create(defaultsOf(entry.manifest));
      const { engine: _, ...details } = engine.info;
      await engine.dispose();
      return [listed(name, { hyperparameters: {}, available: true, details })];
    });
  } catch (error) {
    if (!(error instanceof GaussmarkError)) throw error;
    return [unavailable(name, error)];
  }
}

/** The entry of an engine that cannot be listed. */
export function unavailable(engine: string, { summary, got, remedy }: GaussmarkError): ListedBackend {
  const reason = got === undefined ? summary : `${summary}; got ${got}`;
  return listed(engine, {
    hyperparameters: {},
    available: false,
    reason,
    ...defined({ remedy }),
  });
}

function listed(engine: string, backend: EngineBackend): ListedBackend {
  const { hyperparameters } = backend;
  return { ...backend, engine, selection: formatSelection({ name: engine, hyperparameters }) };
}
