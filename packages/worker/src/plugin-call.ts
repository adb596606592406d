// Calls into plugins: errors name the plugin, and the supervisor knows which one was called last.

import {
  describeThrown,
  GaussmarkError,
  gaussmarkErrorOf,
  type PluginEntry,
  type PluginKind,
  type PluginOf,
  type Registry,
} from '@gaussmark/core';
import { noteCall } from './plugin-calls.js';

/**
 * The result of a call into a plugin.
 *
 * @throws GaussmarkError: the plugin's own, or one that names the plugin, what it threw and where.
 */
export async function callPlugin<T>(kind: PluginKind, name: string, call: () => T | Promise<T>): Promise<T> {
  noteCall(kind, name);
  try {
    return await call();
  } catch (cause) {
    const known = gaussmarkErrorOf(cause);
    if (known !== undefined) throw known;
    const { message, place } = describeThrown(cause);
    const plugin = `${kind} '${name}'`;
    throw new GaussmarkError(`${plugin} failed: ${message}`, { plugin, got: place, cause });
  }
}

/** Imports a plugin, which runs its module. */
export function loadPlugin<K extends PluginKind>(
  registry: Registry,
  entry: PluginEntry<K>,
): Promise<PluginOf[K]> {
  return callPlugin(entry.kind, entry.name, () => registry.load(entry));
}
