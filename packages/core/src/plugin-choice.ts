// Resolves selections of optimizers and engines to plugins with complete hyperparameters and distinct labels.

import { GaussmarkError } from './errors.js';
import { completeHyperparameters, defaultsOf } from './hyperparameters.js';
import { canonicalJson, formatValue, type JsonValue } from './json.js';
import type { Manifest } from './manifest-schema.js';
import type { PluginEntry, Registry } from './registry.js';
import { selectedPoints } from './selected-points.js';
import { formatSelection } from './selection.js';

/** A plugin with complete, validated hyperparameters. */
export interface Choice {
  readonly name: string;
  readonly hyperparameters: Readonly<Record<string, JsonValue>>;
}

export interface ChosenPlugin<K extends 'optimizer' | 'engine' | 'model'> {
  readonly entry: PluginEntry<K>;
  readonly choice: Choice;
  /** `sgn[cgIterations=3]`: the values given by the user, and any others that differ from the defaults. */
  readonly label: string;
}

/**
 * The distinct plugins of a list of selections, in the order written.
 *
 * @param extra values to add to every selection
 * @throws GaussmarkError for an unknown plugin or hyperparameter, or a value out of range.
 * @internal
 */
export async function choosePlugins<K extends 'optimizer' | 'engine'>(
  kind: K,
  texts: readonly string[],
  registry: Registry,
  extra: Readonly<Record<string, JsonValue>> = {},
): Promise<ChosenPlugin<K>[]> {
  const chosen = new Map<string, ChosenPlugin<K>>();
  for (const point of selectedPoints(texts)) {
    const entry = registry.find(kind, point.name);
    const given = { ...point.hyperparameters, ...extra };
    const hyperparameters = completeHyperparameters(entry.manifest, given);
    const choice = { name: point.name, hyperparameters };
    const key = canonicalJson([point.name, hyperparameters]);
    if (!chosen.has(key)) chosen.set(key, { entry, choice, label: labelOf(entry.manifest, choice, given) });
  }
  return [...chosen.values()];
}

/**
 * Rejects selections that contradict an option.
 *
 * @throws GaussmarkError that names both values
 * @internal
 */
export function demandNoContradiction(
  texts: readonly string[],
  options: Readonly<Record<string, JsonValue>>,
): void {
  for (const { name, hyperparameters } of selectedPoints(texts)) {
    for (const [key, value] of Object.entries(options)) {
      const written = hyperparameters[key];
      if (written === undefined || canonicalJson(written) === canonicalJson(value)) continue;
      throw new GaussmarkError(`${key} is set twice`, {
        expected: 'one value',
        got: `${formatValue(written)} in '${name}[...]' and ${formatValue(value)} as an option`,
        remedy: 'remove one of them',
      });
    }
  }
}

function labelOf(manifest: Manifest, choice: Choice, given: Readonly<Record<string, JsonValue>>): string {
  const defaults = defaultsOf(manifest);
  const order = Object.keys(manifest.hyperparameters.properties);
  // Show values given by the user even if they equal the defaults, so that a list of variants is complete.
  const labelled = Object.fromEntries(
    order
      .filter((key) => {
        const value = choice.hyperparameters[key];
        const usual = defaults[key];
        return (
          Object.hasOwn(given, key) || usual === undefined || canonicalJson(value!) !== canonicalJson(usual)
        );
      })
      .map((key) => [key, choice.hyperparameters[key]!]),
  );
  return formatSelection({ name: choice.name, hyperparameters: labelled });
}
