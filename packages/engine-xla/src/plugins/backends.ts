// The platforms on this machine: which can run, with their devices, and how to fix the others.

import { defined, type EngineBackend, GaussmarkError } from '@gaussmark/core';
import { type PlatformName, resolveHyperparameters } from '../settings.js';
import { findPlugin } from './find.js';
import { PLATFORMS } from './platforms.js';
import { startEngine } from './start.js';

/** Those that `bench engine install` has a part for; others are listed if their plugin is there. */
export async function backends(): Promise<readonly EngineBackend[]> {
  const found: EngineBackend[] = [];
  for (const { name, parts } of Object.values(PLATFORMS)) {
    if (parts.length > 0 || (await isPresent(name))) found.push(await tryPlatform(name));
  }
  return found;
}

async function isPresent(name: PlatformName): Promise<boolean> {
  return findPlugin(name, '').then(
    () => true,
    () => false,
  );
}

async function tryPlatform(platform: PlatformName): Promise<EngineBackend> {
  const hyperparameters = { platform };
  try {
    const engine = await startEngine(resolveHyperparameters(hyperparameters));
    const { engine: _, platform: __, ...details } = engine.info;
    await engine.dispose();
    return { hyperparameters, available: true, details };
  } catch (error) {
    if (!(error instanceof GaussmarkError)) throw error;
    const { summary, got, remedy } = error;
    const reason = got === undefined ? summary : `${summary}: ${got}`;
    return { hyperparameters, available: false, reason, ...defined({ remedy }) };
  }
}
