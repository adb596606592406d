// The task that manages a dataset's files, in a worker.

import type { DatasetFiles, FileState } from '@gaussmark/core';
import type { DataState, DataStatus, DataTask } from './data-library.js';
import { registryOf } from './known-plugins.js';
import { callPlugin, loadPlugin } from './plugin-call.js';
import type { TaskOf } from './task.js';

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
