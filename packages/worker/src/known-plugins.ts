// What a command has found, for a worker that does not look again: plugins, and the broken ones with their reasons.

import { type BrokenPlugin, defined, GaussmarkError, type PluginEntry, type Registry } from '@gaussmark/core';
import { WatchedRegistry } from './plugin-calls.js';
import type { SerializedError } from './protocol.js';
import { deserializeError, serializeError } from './serialized-error.js';

/** A registry as JSON. */
export interface KnownPlugins {
  readonly plugins: readonly PluginEntry[];
  readonly broken: readonly (Omit<BrokenPlugin, 'error'> & { readonly told?: SerializedError })[];
}

export function knownPlugins({ plugins, broken }: Registry): KnownPlugins {
  return {
    plugins,
    broken: broken.map(({ error, ...rest }) => ({
      ...rest,
      ...defined({ told: error && serializeError(error) }),
    })),
  };
}

/** The registry again, in a worker. */
export function registryOf({ plugins, broken }: KnownPlugins): WatchedRegistry {
  return new WatchedRegistry(
    plugins,
    broken.map(({ told, ...rest }): BrokenPlugin => {
      const error = told === undefined ? undefined : deserializeError(told);
      return error instanceof GaussmarkError ? { ...rest, error } : rest;
    }),
  );
}
