// The registry: plugins found, broken plugins with their reasons, and how to load a plugin.

import { pathToFileURL } from 'node:url';
import { lock } from '@gaussmark/autodiff';
import type { DatasetPlugin } from './contracts/dataset.js';
import type { EnginePlugin } from './contracts/engine.js';
import type { ModelPlugin } from './contracts/model.js';
import type { OptimizerPlugin } from './contracts/optimizer.js';
import { didYouMean, GaussmarkError } from './errors.js';
import { formatValue } from './json.js';
import { explainLoadFailure } from './load-failure.js';
import type { ManifestOf } from './manifest-schema.js';
import type { PluginSource } from './plugin-packages.js';
import { installPluginHooks } from './plugin-resolution.js';
import { isTypeScript } from './type-stripping.js';
import type { PluginKind } from './vocabulary.js';

/** The type of an entry's default export, by kind. */
export interface PluginOf {
  readonly optimizer: OptimizerPlugin;
  readonly model: ModelPlugin;
  readonly dataset: DatasetPlugin;
  readonly engine: EnginePlugin;
}

/** A plugin that was found; its code has not been loaded. */
export interface PluginEntry<K extends PluginKind = PluginKind> {
  readonly kind: K;
  readonly name: string;
  readonly manifest: ManifestOf<K>;
  readonly manifestFile: string;
  /** The package's folder. */
  readonly directory: string;
  /** The module to import. */
  readonly entryFile: string;
  readonly source: PluginSource;
}

/** A plugin that cannot be used, and why; kind and name if its manifest gives them. */
export interface BrokenPlugin {
  readonly kind?: PluginKind;
  readonly name?: string;
  /** Its manifest, or where one was expected. */
  readonly path: string;
  readonly source: PluginSource;
  readonly reason: string;
  /** The full error, if it says more than the reason. */
  readonly error?: GaussmarkError | undefined;
  /** The plugin itself works, but another one has its kind and name. */
  readonly shadowed: boolean;
}

const CONTRACTS = {
  optimizer: ['create'],
  model: ['create'],
  dataset: ['describe', 'load'],
  engine: ['create'],
} as const satisfies { [K in PluginKind]: readonly (keyof PluginOf[K])[] };

/**
 * The plugins found, and the broken ones with their reasons.
 *
 * @internal
 */
export class Registry {
  readonly plugins: readonly PluginEntry[];
  readonly broken: readonly BrokenPlugin[];
  /** Notes for the user: a plugin given by path that replaces another. */
  readonly notes: readonly string[];

  constructor(
    plugins: readonly PluginEntry[],
    broken: readonly BrokenPlugin[] = [],
    notes: readonly string[] = [],
  ) {
    this.plugins = plugins;
    this.broken = broken;
    this.notes = notes;
  }

  /** All plugins, or those of one kind, sorted by kind and name. */
  list(): PluginEntry[];
  list<K extends PluginKind>(kind: K): PluginEntry<K>[];
  list(kind?: PluginKind): PluginEntry[] {
    return this.plugins
      .filter((plugin) => kind === undefined || plugin.kind === kind)
      .sort((a, b) => compare(a.kind, b.kind) || compare(a.name, b.name));
  }

  /**
   * The plugin with this kind and name.
   *
   * @throws GaussmarkError if there is none, suggesting the closest name, or if it is broken. A broken plugin given by
   * path is never silently replaced by another of the same name.
   */
  find<K extends PluginKind>(kind: K, name: string): PluginEntry<K> {
    const known = this.list(kind);
    const entry = known.find((plugin) => plugin.name === name);
    const broken = this.broken.find(
      (plugin) => plugin.name === name && (plugin.kind ?? kind) === kind && !plugin.shadowed,
    );
    if (
      broken !== undefined &&
      (entry === undefined || (broken.source === 'path' && entry.source !== 'path'))
    ) {
      throw new GaussmarkError(`${kind} '${name}' is broken: ${broken.reason}`, {
        plugin: `${kind} '${name}'`,
        file: broken.path,
        remedy: broken.error?.remedy,
        cause: broken.error,
      });
    }
    if (entry !== undefined) return entry;
    const names = known.map((plugin) => plugin.name);
    throw new GaussmarkError(`unknown ${kind} '${name}'${didYouMean(name, names)}`, {
      remedy: this.#unreadableHint(),
    });
  }

  #unreadableHint(): string | undefined {
    const nameless = this.broken.filter((plugin) => plugin.name === undefined);
    if (nameless.length === 0) return undefined;
    const list = nameless.map((plugin) => `${plugin.path} (${plugin.reason})`).join(', ');
    return `if yours is among these unreadable plugins, fix it: ${list}`;
  }

  /**
   * Imports a plugin.
   *
   * @throws GaussmarkError if the module fails to load, or its default export lacks a function of the contract.
   */
  async load<K extends PluginKind>(entry: PluginEntry<K>): Promise<PluginOf[K]> {
    const plugin = `${entry.kind} '${entry.name}'`;
    const file = entry.entryFile;
    if (entry.source === 'path' || isTypeScript(file)) installPluginHooks();
    let module: { readonly default?: unknown };
    try {
      module = (await import(pathToFileURL(file).href)) as { default?: unknown };
    } catch (cause) {
      const { text, remedy } = await explainLoadFailure(file, cause);
      throw new GaussmarkError(`${plugin} cannot be loaded: ${text}`, { plugin, file, remedy, cause });
    }
    const missing = missingFunctions(entry.kind, module.default);
    if (missing.length === 0) return module.default as PluginOf[K];
    const contract = CONTRACTS[entry.kind].map((name) => `${name}()`).join(' and ');
    throw new GaussmarkError(`${plugin} does not export ${withArticle(entry.kind)} plugin`, {
      plugin,
      file,
      expected: `a default export with ${contract}`,
      got: describeExport(module, missing),
    });
  }
}
lock(Registry);

function missingFunctions(kind: PluginKind, plugin: unknown): readonly string[] {
  const members =
    (typeof plugin === 'object' || typeof plugin === 'function') && plugin !== null ? plugin : {};
  return CONTRACTS[kind].filter((name) => typeof (members as Record<string, unknown>)[name] !== 'function');
}

function describeExport(module: { readonly default?: unknown }, missing: readonly string[]): string {
  if (!('default' in module)) {
    const names = Object.keys(module);
    return names.length === 0 ? 'no exports' : `no default export, only ${names.join(', ')}`;
  }
  const plugin = module.default;
  if (typeof plugin === 'function') return `a function without ${missing.join(' and ')}`;
  if (typeof plugin !== 'object' || plugin === null) return formatValue(plugin);
  const names = Object.keys(plugin);
  return names.length === 0 ? 'an empty object' : `an object with ${names.join(', ')}`;
}

function withArticle(kind: PluginKind): string {
  return /^[aeiou]/.test(kind) ? `an ${kind}` : `a ${kind}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
