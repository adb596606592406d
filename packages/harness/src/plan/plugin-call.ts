// Calling into plugins: whatever they throw names them, and which one was called last can be seen from another thread.

import {
  GaussmarkError,
  type PluginEntry,
  type PluginKind,
  type PluginOf,
  type Registry,
} from '@gaussmark/core';
import { noteCall } from './last-called.js';

/**
 * The result of a call into a plugin.
 *
 * @throws GaussmarkError: the plugin's own, or one that says which plugin threw what, and where.
 */
export async function callPlugin<T>(kind: PluginKind, name: string, call: () => T | Promise<T>): Promise<T> {
  try {
    noteCall(`${kind} '${name}'`);
    return await call();
  } catch (cause) {
    if (cause instanceof GaussmarkError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const place = cause instanceof Error ? /\((file:.*|\/.*)\)/.exec(cause.stack ?? '')?.[1] : undefined;
    throw new GaussmarkError(`${kind} '${name}' failed: ${reason}`, { got: place, cause });
  }
}

/** Imports a plugin, whose module is code of the plugin as well. */
export function loadPlugin<K extends PluginKind>(
  registry: Registry,
  entry: PluginEntry<K>,
): Promise<PluginOf[K]> {
  return callPlugin(entry.kind, entry.name, () => registry.load(entry));
}
