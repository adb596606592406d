// The ways in which engines can run here: what they tell of themselves, or, of one that tells nothing, whether it starts.

import {
  defaultsOf,
  type EngineBackend,
  formatSelection,
  GaussmarkError,
  type PluginEntry,
  type Registry,
} from '@gaussmark/core';
import { callPlugin } from '../plan/plugin-call.js';

/** One way to choose an engine; `selection` is what `--engine` takes. */
export type ListedBackend = EngineBackend & { readonly engine: string; readonly selection: string };

/** An engine that cannot be loaded has one entry, which says why. */
export async function backendsOf(
  entry: PluginEntry<'engine'>,
  registry: Registry,
): Promise<readonly ListedBackend[]> {
  const listed = (backend: EngineBackend): ListedBackend => ({
    ...backend,
    engine: entry.name,
    selection: formatSelection({ name: entry.name, hyperparameters: backend.hyperparameters }),
  });
  try {
    const plugin = await registry.load(entry);
    if (plugin.backends !== undefined) {
      return (await callPlugin('engine', entry.name, () => plugin.backends!())).map(listed);
    }
    const engine = await callPlugin('engine', entry.name, () => plugin.create(defaultsOf(entry.manifest)));
    const { engine: _, ...details } = engine.info;
    await engine.dispose();
    return [listed({ hyperparameters: {}, available: true, details })];
  } catch (error) {
    if (!(error instanceof GaussmarkError)) throw error;
    const { summary, got, remedy } = error;
    const reason = got === undefined ? summary : `${summary}; got ${got}`;
    return [
      listed({
        hyperparameters: {},
        available: false,
        reason,
        ...(remedy === undefined ? {} : { remedy }),
      }),
    ];
  }
}
