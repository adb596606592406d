// The engine's hyperparameters, described in manifest.json with their defaults.

import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { completeHyperparameters, type ManifestOf } from '@gaussmark/core';

export type PlatformName = 'cpu' | 'cuda' | 'rocm' | 'tpu' | 'oneapi';

export interface XlaHyperparameters {
  readonly platform: PlatformName;
  readonly plugin: string;
  readonly device: number;
  readonly threads: number;
  readonly precision: 'highest' | 'default';
  readonly deterministic: boolean;
  readonly memoryFraction: number;
  readonly preallocate: boolean;
}

const manifest = createRequire(import.meta.url)('../manifest.json') as ManifestOf<'engine'>;

/** As for the other engines: more gain little on the paper's problems. */
const MOST_THREADS = 4;

/**
 * All hyperparameters, with `threads` resolved to a number above 0.
 *
 * @throws GaussmarkError if a name is unknown or a value out of range
 */
export function resolveHyperparameters(values: Partial<XlaHyperparameters>): XlaHyperparameters {
  const settings = completeHyperparameters<XlaHyperparameters>(manifest, { ...values });
  const { threads } = settings;
  return { ...settings, threads: threads > 0 ? threads : Math.min(availableParallelism(), MOST_THREADS) };
}
