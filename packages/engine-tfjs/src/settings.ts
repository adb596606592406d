// Settings: the engine's hyperparameters, completed with the manifest's defaults.

import { createRequire } from 'node:module';
import { completeHyperparameters, parseManifest } from '@gaussmark/core';
import type { BackendName } from './backend.js';

/** Described in manifest.json, with defaults. */
export interface TfjsHyperparameters {
  readonly backend: BackendName | 'auto';
  readonly threads: number;
}

const MANIFEST = '../manifest.json';
const manifest = parseManifest(createRequire(import.meta.url)(MANIFEST), MANIFEST);

/** @throws GaussmarkError if one is unknown or out of range. */
export function resolveHyperparameters(values: Partial<TfjsHyperparameters>): TfjsHyperparameters {
  return completeHyperparameters(manifest, { ...values });
}
