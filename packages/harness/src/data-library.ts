// The datasets that are read from files: which there are, and the state of each. What `bench data` shows and changes.

import {
  type DatasetContext,
  type DatasetFiles,
  type FileState,
  GaussmarkError,
  type Registry,
} from '@gaussmark/core';

/** A dataset with files. */
export interface DataSource {
  readonly name: string;
  readonly files: DatasetFiles;
}

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

/**
 * The datasets named, or all that are read from files.
 *
 * @throws GaussmarkError if a name is unknown, its plugin is broken, or it is read from no files.
 */
export async function dataSources(names: readonly string[], registry: Registry): Promise<DataSource[]> {
  const known = registry.list('dataset').map(({ name }) => name);
  const wanted = names.length === 0 ? known : [...new Set(names)];
  const sources: DataSource[] = [];
  for (const name of wanted) {
    const { files } = await registry.load(registry.find('dataset', name));
    if (files !== undefined) sources.push({ name, files });
    else if (names.length > 0) {
      throw new GaussmarkError(`dataset '${name}' has no files to look after`, {
        plugin: `dataset '${name}'`,
        remedy:
          "it is made by its plugin, or reads a file of your own: it needs no fetching; see 'bench data list'",
      });
    }
  }
  return sources;
}

/** Where a dataset's files are; with `verified`, their checksums compared. */
export async function stateOf(
  { name, files }: DataSource,
  context: DatasetContext,
  verified = false,
): Promise<DataState> {
  return describeState(name, files, await (verified ? files.verify(context) : files.locate(context)));
}

export function describeState(name: string, files: DatasetFiles, states: readonly FileState[]): DataState {
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
