// The optimizer with its defaults.

import { completeHyperparameters, parseManifest } from '@gaussmark/core';
import json from '../manifest.json' with { type: 'json' };
import type { EngdHyperparameters } from '../src/engd.js';

const parsed = parseManifest(json, 'manifest.json');
if (parsed.kind !== 'optimizer') throw new TypeError('expected an optimizer');
export const manifest = parsed;

export const settings = (values: Partial<EngdHyperparameters> = {}): EngdHyperparameters =>
  completeHyperparameters(manifest, values as Parameters<typeof completeHyperparameters>[1]);
