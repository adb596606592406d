// Announces calls into plugins: if one hangs or ends the process, its name is known. After each call, the worker checks
// what the plugin left behind.

import {
  type CreatedKind,
  demandMembers,
  type Model,
  type Optimizer,
  type PluginEntry,
  type PluginKind,
  type PluginOf,
  Registry,
} from '@gaussmark/core';

/** The worker of this process. */
export interface CallListener {
  /** A plugin is about to be called: `optimizer 'sgn'`. */
  readonly onCall: (plugin: string) => void;
  /** A plugin has returned. */
  readonly onReturn: () => void;
}

let listener: CallListener = { onCall: () => {}, onReturn: () => {} };

export function listenToCalls(to: CallListener): void {
  listener = to;
}

/** Announces a call. */
export function noteCall(kind: PluginKind, name: string): void {
  listener.onCall(`${kind} '${name}'`);
}

/** The names of imported plugins, by folder. */
const imported = new Map<string, string>();

/** The plugin that a stack frame belongs to: the innermost folder in it. */
export function pluginAt(place: string): string | undefined {
  const [found] = [...imported]
    .filter(([directory]) => place.includes(`${directory}/`) || place.includes(`${directory}\\`))
    .sort(([a], [b]) => b.length - a.length);
  return found?.[1];
}

/** A registry that announces imports, which run plugin code too, and watches optimizers and models. */
export class WatchedRegistry extends Registry {
  override async load<K extends PluginKind>(entry: PluginEntry<K>): Promise<PluginOf[K]> {
    noteCall(entry.kind, entry.name);
    imported.set(entry.directory, `${entry.kind} '${entry.name}'`);
    const plugin: PluginOf[PluginKind] = await super.load(entry);
    listener.onReturn();
    switch (entry.kind) {
      case 'optimizer':
        return watchedPlugin(entry, plugin as PluginOf['optimizer'], watchedOptimizer) as PluginOf[K];
      case 'model':
        return watchedPlugin(entry, plugin as PluginOf['model'], watchedModel) as PluginOf[K];
      case 'engine':
        return checkedEngine(entry, plugin as PluginOf['engine']) as PluginOf[K];
      default:
        return plugin as PluginOf[K];
    }
  }
}

type Named = Pick<PluginEntry, 'kind' | 'name'>;

const titleOf = ({ kind, name }: Named) => `${kind} '${name}'`;

/** The plugin, with a watched `create`. */
function watchedPlugin<A extends readonly unknown[], T extends object>(
  entry: Named,
  plugin: { create(...args: A): T },
  watch: (made: T) => T,
): { create(...args: A): T } {
  return Object.create(plugin, {
    create: {
      value: (...args: A) => {
        const made = returned(() => plugin.create(...args));
        return watch(demandMembers(entry.kind as CreatedKind, titleOf(entry), made));
      },
    },
  }) as typeof plugin;
}

function checkedEngine(entry: Named, plugin: PluginOf['engine']): PluginOf['engine'] {
  const create: typeof plugin.create = async (hyperparameters) =>
    demandMembers('engine', titleOf(entry), await plugin.create(hyperparameters));
  return Object.create(plugin, { create: { value: create } }) as typeof plugin;
}

function watchedOptimizer(optimizer: Optimizer): Optimizer {
  const { evaluationPoint } = optimizer;
  return Object.create(optimizer, {
    ...(evaluationPoint === undefined
      ? {}
      : {
          evaluationPoint: {
            value: (...args: Parameters<typeof evaluationPoint>) =>
              returned(() => evaluationPoint.apply(optimizer, args)),
          },
        }),
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
