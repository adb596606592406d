// The ways in which engines can run here: what they tell of themselves, or, of one that tells nothing, whether it starts.

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

/** One way to choose an engine; `selection` is what `--engine` takes. */
export type ListedBackend = EngineBackend & { readonly engine: string; readonly selection: string };

/** An engine that cannot be loaded has one entry, which says why. */
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

/** An engine that cannot be looked at. */
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
