// The xla engine as a plugin.

import { type EngineBackend, type EnginePlugin, GaussmarkError } from '@gaussmark/core';
import { PARTS } from './plugins/parts.js';
import { PLATFORMS } from './plugins/platforms.js';
import { resolveHyperparameters, type XlaHyperparameters } from './settings.js';

export type { XlaEngine } from './engine/engine.js';
export { type Lowered, type LoweringOptions, lower } from './lowering/lower.js';
export type { Precision, Target } from './lowering/rule.js';
export type { PlatformName, XlaHyperparameters } from './settings.js';

const plugin: EnginePlugin<Partial<XlaHyperparameters>> = {
  async create(hyperparameters) {
    const settings = resolveHyperparameters(hyperparameters);
    // Loaded on demand: koffi is an optional dependency.
    const { startEngine } = await import('./plugins/start.js').catch(explainImport);
    return startEngine(settings);
  },

  async backends() {
    try {
      const { backends } = await import('./plugins/backends.js').catch(explainImport);
      return await backends();
    } catch (error) {
      if (!(error instanceof GaussmarkError)) throw error;
      return Object.values(PLATFORMS).map(
        ({ name }): EngineBackend => ({
          hyperparameters: { platform: name },
          available: false,
          reason: error.summary,
          remedy: error.remedy!,
        }),
      );
    }
  },

  installers: Object.fromEntries(
    Object.entries(PARTS).map(([name, part]) => [
      name,
      {
        summary: part.summary,
        describe: async () => (await import('./plugins/install.js')).describePart(name, part),
        install: async (_, options) =>
          (await import('./plugins/install.js')).installPart(name, part, options),
      },
    ]),
  ),
};

/** @throws GaussmarkError if koffi is not installed or has no binary for this system */
function explainImport(error: unknown): never {
  const message = error instanceof Error ? error.message : String(error);
  if (!/koffi/i.test(message)) throw error;
  throw new GaussmarkError("engine 'xla' needs koffi, an optional dependency, to call native libraries", {
    plugin: "engine 'xla'",
    got: message.split('\n')[0]!,
    remedy: 'install it without --no-optional: pnpm install (or npm install koffi)',
    cause: error,
  });
}

export default plugin;
