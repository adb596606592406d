// The optimizers of this package with their defaults.

import { completeHyperparameters, type HyperparameterValues, parseManifest } from '@gaussmark/core';
import dualJson from '../manifests/dual-gauss-newton.json' with { type: 'json' };
import egnJson from '../manifests/egn.json' with { type: 'json' };
import igndJson from '../manifests/ignd.json' with { type: 'json' };
import tngdJson from '../manifests/tngd.json' with { type: 'json' };
import vivitJson from '../manifests/vivit.json' with { type: 'json' };
import type { DualGaussNewtonHyperparameters } from '../src/dual-gauss-newton.js';
import type { EgnHyperparameters } from '../src/egn.js';
import type { IgndHyperparameters } from '../src/ignd.js';
import type { TngdHyperparameters } from '../src/tngd.js';
import type { VivitHyperparameters } from '../src/vivit.js';

function settings<H>(json: unknown) {
  const manifest = parseManifest(json, 'manifest.json');
  if (manifest.kind !== 'optimizer') throw new TypeError('not an optimizer');
  const complete = (values: Partial<H> = {}): H =>
    completeHyperparameters(manifest, values as HyperparameterValues);
  return Object.assign(complete, { manifest });
}

export const egnSettings = settings<EgnHyperparameters>(egnJson);
export const igndSettings = settings<IgndHyperparameters>(igndJson);
export const dualSettings = settings<DualGaussNewtonHyperparameters>(dualJson);
export const vivitSettings = settings<VivitHyperparameters>(vivitJson);
export const tngdSettings = settings<TngdHyperparameters>(tngdJson);
