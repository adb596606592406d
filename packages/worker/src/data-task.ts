// The task of looking after a dataset's files, in the worker that it is sent to.

import type { DatasetFiles, FetchProgress, FileState } from '@gaussmark/core';
import { type KnownPlugins, registryOf } from './known-plugins.js';
import { callPlugin, loadPlugin } from './plugin-call.js';
import type { TaskOf } from './task.js';

/** `partly`: some files are there and some are not. */
export type DataStatus = 'present' | 'partly' | 'missing' | 'damaged';

/** A dataset's files as they are; for `--json` as well. */
export interface DataState {
  readonly name: string;
  readonly status: DataStatus;
  /** Of all its files, uncompressed. */
  readonly bytes: number;
  readonly license: string;
  readonly origins: DatasetFiles['origins'];
  readonly files: readonly FileState[];
}

export interface DataTask {
  readonly input: {
    /** Of the dataset. */
    readonly name: string;
    /** Look where its files are; compare their checksums as well; get what is missing or damaged. */
    readonly doing: 'locate' | 'verify' | 'fetch';
    readonly known: KnownPlugins;
    readonly cacheDirectory: string;
  };
  readonly event: FetchProgress;
  /** null for a dataset that is read from no files. */
  readonly result: DataState | null;
}

export const dataTask: TaskOf<DataTask> = async (
  { name, doing, known, cacheDirectory },
  { emit, signal },
) => {
  const registry = registryOf(known);
  const { files } = await loadPlugin(registry, registry.find('dataset', name));
  if (files === undefined) return null;
  const context = { cacheDirectory };
  const states = await callPlugin('dataset', name, () => {
    switch (doing) {
      case 'locate':
        return files.locate(context);
      case 'verify':
        return files.verify(context);
      case 'fetch':
        return files.fetch(context, { signal, onProgress: emit });
      default:
        return doing satisfies never;
    }
  });
  return describeState(name, files, states);
};

function describeState(name: string, files: DatasetFiles, states: readonly FileState[]): DataState {
  return {
    name,
    status: statusOf(states),
    bytes: states.reduce((total, { bytes }) => total + bytes, 0),
    license: files.license,
    origins: files.origins,
    files: states,
  };
}

function statusOf(states: readonly FileState[]): DataStatus {
  if (states.some(({ status }) => status === 'damaged')) return 'damaged';
  const present = states.filter(({ status }) => status === 'present').length;
  return present === states.length ? 'present' : present === 0 ? 'missing' : 'partly';
}
