// What SGD is compared with: trajectories of both forms of momentum, under schedules, where they differ.

import { type ManifestOf, parseManifest } from '@gaussmark/core';
import { goldenOracles, type Oracle } from '@gaussmark/plugin-conformance';
import manifestJson from '../manifest.json' with { type: 'json' };
import sgd from '../src/sgd.js';

const manifest = parseManifest(manifestJson, 'manifest.json') as ManifestOf<'optimizer'>;

export const oracles: readonly Oracle[] = await goldenOracles(
  sgd,
  manifest,
  new URL('../golden', import.meta.url),
);
