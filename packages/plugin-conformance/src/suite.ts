// The suite of a plugin: its checks, by kind.

import type { Locations } from '@gaussmark/cell';
import { GaussmarkError, type PluginEntry, type Registry } from '@gaussmark/core';
import { loadPlugin } from '@gaussmark/worker';
import { datasetChecks } from './dataset-checks.js';
import { optimizerObserver } from './exercise/observe-optimizer.js';
import { everyRole } from './exercise/tiny-problem.js';
import { type Check, skip } from './finding.js';
import { goldenChecks } from './golden.js';
import { knobsCheck } from './knobs.js';
import { modelChecks } from './model-checks.js';
import { OptimizerBench } from './optimizer-bench.js';
import { optimizerChecks } from './optimizer-checks.js';
import { engineChecks } from './optimizer-engines.js';
import { ownTests } from './own-tests.js';

/**
 * The checks of a plugin, in order.
 *
 * @throws GaussmarkError if it cannot be loaded, or a hyperparameter without a default has no value in `coverage.base`
 */
export async function checksOf(
  { kind, name }: Pick<PluginEntry, 'kind' | 'name'>,
  registry: Registry,
  locations: Pick<Locations, 'cacheDirectory'>,
): Promise<readonly Check[]> {
  const entry = registry.find(kind, name);
  demandValues(entry);
  return [...(await checksOfKind(entry, registry, locations)), ...(await ownTests(entry.directory))];
}

async function checksOfKind(
  { kind, name }: PluginEntry,
  registry: Registry,
  locations: Pick<Locations, 'cacheDirectory'>,
): Promise<readonly Check[]> {
  switch (kind) {
    case 'optimizer': {
      const entry = registry.find(kind, name);
      const { manifest, directory } = entry;
      const plugin = await loadPlugin(registry, entry);
      const bench = new OptimizerBench(plugin, manifest);
      return [
        ...optimizerChecks(bench),
        ...engineChecks(bench, registry),
        // Some act on parameters of some roles only.
        knobsCheck(
          manifest,
          optimizerObserver(plugin, manifest),
          optimizerObserver(plugin, manifest, everyRole),
        ),
        ...(await goldenChecks(bench, directory, optimizersIn(directory, registry))),
      ];
    }
    case 'model': {
      const entry = registry.find(kind, name);
      return modelChecks(await loadPlugin(registry, entry), entry.manifest);
    }
    case 'dataset': {
      const entry = registry.find(kind, name);
      return datasetChecks(await loadPlugin(registry, entry), entry, registry, locations);
    }
    case 'engine': {
      const run = () => skip(`engines have their own suite: bench engine check --engine ${name}`);
      return [{ name: 'engine', remedy: '', run }];
    }
    default:
      return kind satisfies never;
  }
}

/** The names of all optimizers in a folder. */
const optimizersIn = (directory: string, registry: Registry): readonly string[] =>
  registry.list('optimizer').flatMap((entry) => (entry.directory === directory ? [entry.name] : []));

function demandValues({ kind, name, manifest }: PluginEntry): void {
  const given = manifest.coverage?.base ?? {};
  const missing = Object.entries(manifest.hyperparameters.properties)
    .filter(([key, schema]) => schema.default === undefined && !(key in given))
    .map(([key]) => key);
  if (missing.length === 0 || kind === 'engine') return;
  throw new GaussmarkError(`${kind} '${name}' cannot be checked: ${missing.join(', ')} must be given`, {
    plugin: `${kind} '${name}'`,
    expected: 'a default, or a value in coverage.base of the manifest',
    got: `neither for ${missing.join(', ')}`,
    remedy: `add "coverage": { "base": { ${missing.map((key) => `"${key}": ...`).join(', ')} } } to the manifest`,
  });
}
