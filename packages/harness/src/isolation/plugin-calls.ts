// Calls into plugins are noted before they are made: if one does not come back, or ends the process, it is known which.

import { type PluginEntry, type PluginKind, type PluginOf, Registry } from '@gaussmark/core';

let listener: (plugin: string) => void = () => {};

/** Who hears of calls in this process: its worker. */
export function hearCalls(onCall: (plugin: string) => void): void {
  listener = onCall;
}

/** Notes a call that is about to be made. */
export function noteCall(kind: PluginKind, name: string): void {
  listener(`${kind} '${name}'`);
}

/** The folders of the plugins that were imported, and their names. */
const imported = new Map<string, string>();

/** The plugin whose folder is in a place: the innermost one. */
export function pluginAt(place: string): string | undefined {
  const [found] = [...imported]
    .filter(([directory]) => place.includes(`${directory}/`) || place.includes(`${directory}\\`))
    .sort(([a], [b]) => b.length - a.length);
  return found?.[1];
}

/** A registry that notes imports, which run the code of a plugin too. */
export class WatchedRegistry extends Registry {
  override load<K extends PluginKind>(entry: PluginEntry<K>): Promise<PluginOf[K]> {
    noteCall(entry.kind, entry.name);
    imported.set(entry.directory, `${entry.kind} '${entry.name}'`);
    return super.load(entry);
  }
}
