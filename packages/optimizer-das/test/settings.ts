// The optimizer with its defaults.

import { completeHyperparameters, parseManifest } from '@gaussmark/core';
import json from '../manifest.json' with { type: 'json' };
import type { DasHyperparameters } from '../src/das.js';

const parsed = parseManifest(json, 'manifest.json');
if (parsed.kind !== 'optimizer') throw new TypeError('expected an optimizer');
export const manifest = parsed;

export const settings = (values: Partial<DasHyperparameters> = {}): DasHyperparameters =>
  completeHyperparameters(manifest, values as Parameters<typeof completeHyperparameters>[1]);
