// Calling into plugins: whatever they throw names them, and which one was called last can be seen from another thread.

import {
  GaussmarkError,
  gaussmarkErrorOf,
  type PluginEntry,
  type PluginKind,
  type PluginOf,
  type Registry,
  wordsOf,
} from '@gaussmark/core';
import { noteCall } from './plugin-calls.js';

/**
 * The result of a call into a plugin.
 *
 * @throws GaussmarkError: the plugin's own, or one that says which plugin threw what, and where.
 */
export async function callPlugin<T>(kind: PluginKind, name: string, call: () => T | Promise<T>): Promise<T> {
  noteCall(kind, name);
  try {
    return await call();
  } catch (cause) {
    const known = gaussmarkErrorOf(cause);
    if (known !== undefined) throw known;
    const { message, place } = wordsOf(cause);
    throw new GaussmarkError(`${kind} '${name}' failed: ${message}`, { got: place, cause });
  }
}

/** Imports a plugin, whose module is code of the plugin as well. */
export function loadPlugin<K extends PluginKind>(
  registry: Registry,
  entry: PluginEntry<K>,
): Promise<PluginOf[K]> {
  return callPlugin(entry.kind, entry.name, () => registry.load(entry));
}
