// The plugins a command has discovered, as JSON for its workers.

import { type BrokenPlugin, defined, GaussmarkError, type PluginEntry, type Registry } from '@gaussmark/core';
import { WatchedRegistry } from './plugin-calls.js';
import { deserializeError, type SerializedError, serializeError } from './serialized-error.js';

/** A registry as JSON. */
export interface KnownPlugins {
  readonly plugins: readonly PluginEntry[];
  readonly broken: readonly (Omit<BrokenPlugin, 'error'> & { readonly error?: SerializedError })[];
}

export function knownPlugins({ plugins, broken }: Registry): KnownPlugins {
  return {
    plugins,
    broken: broken.map(({ error, ...rest }) => ({
      ...rest,
      ...defined({ error: error && serializeError(error) }),
    })),
  };
}

/** The registry, in a worker. */
export function registryOf({ plugins, broken }: KnownPlugins): WatchedRegistry {
  return new WatchedRegistry(
    plugins,
    broken.map(({ error, ...rest }): BrokenPlugin => {
      const thrown = error && deserializeError(error);
      return thrown instanceof GaussmarkError ? { ...rest, error: thrown } : rest;
    }),
  );
}
