// The datasets that are read from files: which there are, and the state of each. What `bench data` shows and changes.

import { type FetchProgress, GaussmarkError, type Registry, validator } from '@gaussmark/core';
import type { DataState, DataTask } from './data-task.js';
import { type KnownPlugins, knownPlugins } from './known-plugins.js';
import { AMOUNT, listOf, objectOf, TEXT } from './message-schemas.js';
import type { PluginHost } from './plugin-host.js';
import { task } from './task.js';

export const DATA = task<DataTask>(new URL('./data-task.js', import.meta.url), 'dataTask');

export interface FetchDataOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: FetchProgress) => void;
}

/** The files of datasets, looked after in a worker: no code of a plugin runs in the process of the command. */
export class DataLibrary {
  readonly #known: KnownPlugins;

  constructor(
    private readonly host: PluginHost,
    private readonly registry: Registry,
    private readonly cacheDirectory: string,
  ) {
    this.#known = knownPlugins(registry);
  }

  /**
   * Where the files are of the datasets named, or of all that are read from files; with `verified`, their checksums compared.
   *
   * @throws GaussmarkError if a name is unknown, its plugin is broken, or it is read from no files
   */
  async states(names: readonly string[], verified = false): Promise<DataState[]> {
    const wanted =
      names.length === 0 ? this.registry.list('dataset').map(({ name }) => name) : [...new Set(names)];
    const states: DataState[] = [];
    for (const name of wanted) {
      const state = await this.#ask(name, verified ? 'verify' : 'locate');
      if (state !== null) states.push(state);
      else if (names.length > 0) throw withoutFiles(name);
    }
    return states;
  }

  /** Whether all files of a dataset are here, as far as their names and sizes say. */
  async has(name: string): Promise<boolean> {
    const state = await this.#ask(name, 'locate');
    return state === null || state.status === 'present';
  }

  /**
   * Gets what is missing or damaged.
   *
   * @throws GaussmarkError if that cannot be done; the signal's reason if it aborts
   */
  async fetch(name: string, { signal, onProgress }: FetchDataOptions): Promise<DataState> {
    const state = await this.#ask(name, 'fetch', { signal, onEvent: onProgress });
    if (state === null) throw withoutFiles(name);
    return state;
  }

  #ask(
    name: string,
    doing: 'locate' | 'verify' | 'fetch',
    options: { readonly signal?: AbortSignal; readonly onEvent?: (progress: FetchProgress) => void } = {},
  ): Promise<DataState | null> {
    // An unknown name needs no worker.
    this.registry.find('dataset', name);
    const input = { name, doing, known: this.#known, cacheDirectory: this.cacheDirectory };
    return this.host.ask(DATA, input, { result: stateIssues, event: progressIssues, ...options });
  }
}

function withoutFiles(name: string): GaussmarkError {
  return new GaussmarkError(`dataset '${name}' has no files to look after`, {
    plugin: `dataset '${name}'`,
    remedy:
      "it is made by its plugin, or reads a file of your own: it needs no fetching; see 'bench data list'",
  });
}

const DOWNLOAD = objectOf({ name: TEXT, downloadBytes: AMOUNT });
const FILE = objectOf(
  { name: TEXT, bytes: AMOUNT, sha256: TEXT, status: { enum: ['present', 'missing', 'damaged'] } },
  { path: TEXT, source: TEXT, problem: TEXT },
);

const stateIssues = validator({
  anyOf: [
    { type: 'null' },
    objectOf({
      name: TEXT,
      status: { enum: ['present', 'partly', 'missing', 'damaged'] },
      bytes: AMOUNT,
      license: TEXT,
      origins: listOf(DOWNLOAD),
      files: listOf(FILE),
    }),
  ],
});

const progressIssues = validator(
  objectOf({ activity: TEXT, done: AMOUNT, total: AMOUNT, unit: { enum: ['bytes', 'files'] } }),
);
