// The datasets stored in files, and the state of each: what `bench data` shows and changes.

import { type FetchProgress, type FileState, GaussmarkError, type Registry } from '@gaussmark/core';
import { type KnownPlugins, knownPlugins } from './known-plugins.js';
import {
  AMOUNT,
  anyOf,
  listOf,
  NULL,
  objectOf,
  oneOf,
  type Schema,
  type Static,
  TEXT,
} from './message-schemas.js';
import type { PluginHost } from './plugin-host.js';
import { task } from './task.js';
import type { AskOptions } from './worker-process.js';

const FILE = { name: TEXT, bytes: AMOUNT, sha256: TEXT };
const FILE_STATE: Schema<FileState> = anyOf(
  objectOf({ ...FILE, status: oneOf('present'), path: TEXT, source: TEXT }),
  objectOf({ ...FILE, status: oneOf('missing') }),
  objectOf({ ...FILE, status: oneOf('damaged'), path: TEXT, source: TEXT, problem: TEXT }),
);

/** A dataset's files as they are; also printed by `--json`. */
const STATE = objectOf({
  name: TEXT,
  /** `partly`: some files are missing. */
  status: oneOf('present', 'partly', 'missing', 'damaged'),
  /** Of all its files, uncompressed. */
  bytes: AMOUNT,
  license: TEXT,
  origins: listOf(objectOf({ name: TEXT, downloadBytes: AMOUNT })),
  files: listOf(FILE_STATE),
});

export type DataState = Static<typeof STATE>;
export type DataStatus = DataState['status'];

const PROGRESS: Schema<FetchProgress> = objectOf({
  activity: TEXT,
  done: AMOUNT,
  total: AMOUNT,
  unit: oneOf('bytes', 'files'),
});

export interface DataTask {
  readonly input: {
    /** Of the dataset. */
    readonly name: string;
    /** Find its files; also compare their checksums; or fetch missing and damaged ones. */
    readonly doing: 'locate' | 'verify' | 'fetch';
    readonly known: KnownPlugins;
    readonly cacheDirectory: string;
  };
  readonly event: FetchProgress;
  /** null for a dataset without files. */
  readonly result: DataState | null;
}

export const DATA = task<DataTask>(new URL('./data-task.js', import.meta.url), 'dataTask', {
  result: anyOf(NULL, STATE),
  event: PROGRESS,
});

export interface FetchDataOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: FetchProgress) => void;
}

/** The files of datasets. Plugins run in a worker. */
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
   * The files of the named datasets, or of all that have files. With `verified`, checksums are compared.
   *
   * @throws GaussmarkError if a name is unknown, its plugin is broken, or it has no files
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

  /** Whether all files of a dataset are here, judged by name and size. */
  async has(name: string): Promise<boolean> {
    const state = await this.#ask(name, 'locate');
    return state === null || state.status === 'present';
  }

  /**
   * Fetches missing and damaged files.
   *
   * @throws GaussmarkError if that fails; the signal's reason if it aborts
   */
  async fetch(name: string, { signal, onProgress }: FetchDataOptions): Promise<DataState> {
    const state = await this.#ask(name, 'fetch', { signal, onEvent: onProgress });
    if (state === null) throw withoutFiles(name);
    return state;
  }

  #ask(
    name: string,
    doing: DataTask['input']['doing'],
    options: AskOptions<DataTask> = {},
  ): Promise<DataState | null> {
    // An unknown name needs no worker.
    this.registry.find('dataset', name);
    const input = { name, doing, known: this.#known, cacheDirectory: this.cacheDirectory };
    return this.host.ask(DATA, input, options);
  }
}

function withoutFiles(name: string): GaussmarkError {
  return new GaussmarkError(`dataset '${name}' has no files to manage`, {
    plugin: `dataset '${name}'`,
    remedy: "its plugin generates it, or reads a file of yours: nothing to fetch; see 'bench data list'",
  });
}
