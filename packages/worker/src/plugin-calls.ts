// Calls into plugins are noted before they are made: if one does not come back, or ends the process, it is known which. What
// the code of a plugin has left behind is looked at as soon as it returns.

import {
  type Model,
  type Optimizer,
  type PluginEntry,
  type PluginKind,
  type PluginOf,
  Registry,
} from '@gaussmark/core';

/** Who hears of calls in this process: its worker. */
export interface CallListener {
  /** A plugin is about to be called: `optimizer 'sgn'`. */
  readonly onCall: (plugin: string) => void;
  /** The code of a plugin has returned. */
  readonly onReturn: () => void;
}

let listener: CallListener = { onCall: () => {}, onReturn: () => {} };

export function hearCalls(heard: CallListener): void {
  listener = heard;
}

/** Notes a call that is about to be made. */
export function noteCall(kind: PluginKind, name: string): void {
  listener.onCall(`${kind} '${name}'`);
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

/** A registry that notes imports, which run the code of a plugin too, and looks at what optimizers and models leave behind. */
export class WatchedRegistry extends Registry {
  override async load<K extends PluginKind>(entry: PluginEntry<K>): Promise<PluginOf[K]> {
    noteCall(entry.kind, entry.name);
    imported.set(entry.directory, `${entry.kind} '${entry.name}'`);
    const plugin: PluginOf[PluginKind] = await super.load(entry);
    listener.onReturn();
    if (entry.kind === 'optimizer')
      return watchedPlugin(plugin as PluginOf['optimizer'], watchedOptimizer) as PluginOf[K];
    if (entry.kind === 'model')
      return watchedPlugin(plugin as PluginOf['model'], watchedModel) as PluginOf[K];
    return plugin as PluginOf[K];
  }
}

/** The plugin, with a `create` whose result is watched. */
function watchedPlugin<A extends readonly unknown[], T extends object>(
  plugin: { create(...args: A): T },
  watch: (made: T) => T,
): { create(...args: A): T } {
  return Object.create(plugin, {
    create: {
      value: (...args: A) => {
        const made: unknown = returned(() => plugin.create(...args));
        // What is nothing of the kind is for the caller to refuse.
        const isObject = typeof made === 'object' && made !== null && !(made instanceof Promise);
        return isObject ? watch(made as T) : made;
      },
    },
  }) as typeof plugin;
}

function watchedOptimizer(optimizer: Optimizer): Optimizer {
  return Object.create(optimizer, {
    init: { value: (...args: Parameters<Optimizer['init']>) => returned(() => optimizer.init(...args)) },
    step: { value: (...args: Parameters<Optimizer['step']>) => returned(() => optimizer.step(...args)) },
  }) as Optimizer;
}

function watchedModel<M extends Model | { readonly incompatible: string }>(model: M): M {
  if ('incompatible' in model) return model;
  return Object.create(model, {
    init: { value: (...args: Parameters<Model['init']>) => returned(() => model.init(...args)) },
    apply: { value: (...args: Parameters<Model['apply']>) => returned(() => model.apply(...args)) },
  }) as M;
}

function returned<T>(call: () => T): T {
  const result = call();
  listener.onReturn();
  return result;
}
