// Search spaces: the dimensions of an optimizer's manifest, without those that the user fixes.

import {
  completeHyperparameters,
  formatSelection,
  GaussmarkError,
  type JsonValue,
  type PluginEntry,
  parseSelections,
  type Registry,
  type SearchDimension,
  type Selection,
} from '@gaussmark/core';

export type Space = Readonly<Record<string, SearchDimension>>;
/** Values of some hyperparameters. */
export type Values = Readonly<Record<string, JsonValue>>;

/** An optimizer with its search space. */
export interface SearchedOptimizer {
  readonly entry: PluginEntry<'optimizer'>;
  /** `sgd[momentum=0]`: its fixed hyperparameters, else defaults, as in its untuned runs. */
  readonly selection: string;
  readonly fixed: Values;
  readonly space: Space;
}

/**
 * The selected optimizers with the search spaces of their manifests. One given value fixes a hyperparameter; several replace
 * its search range.
 *
 * @throws GaussmarkError for an unknown optimizer or hyperparameter, a value out of range, a repeated optimizer, or an empty
 *   search space
 * @example
 * searchedOptimizers(['sgd[momentum=0,0.9,schedule=constant]'], registry)
 * // learningRate as in the manifest, momentum of 0 and 0.9, a constant schedule
 */
export function searchedOptimizers(texts: readonly string[], registry: Registry): SearchedOptimizer[] {
  const optimizers = texts.flatMap(parseSelections).map((selection) => searched(selection, registry));
  const twice = optimizers.find(({ selection }, i) =>
    optimizers.slice(0, i).some((other) => other.selection === selection),
  );
  if (twice === undefined) return optimizers;
  throw new GaussmarkError(`'${twice.selection}' is given twice`, {
    expected: 'distinct optimizers',
    got: twice.selection,
    remedy: 'remove one, or fix different values in each',
  });
}

function searched({ name, grid }: Selection, registry: Registry): SearchedOptimizer {
  const entry = registry.find('optimizer', name);
  const { manifest } = entry;
  const given = Object.entries(grid);
  const fixed = Object.fromEntries(
    given.filter(([, values]) => values.length === 1).map(([key, values]) => [key, values[0]!]),
  );
  const listed = Object.fromEntries(
    given
      .filter(([, values]) => values.length > 1)
      .map(([key, values]): [string, SearchDimension] => [
        key,
        { scale: 'categorical', values: [...values] },
      ]),
  );
  const declared = Object.entries(manifest.search ?? {}).filter(([key]) => !Object.hasOwn(fixed, key));
  const space: Space = { ...Object.fromEntries(declared), ...listed };
  completeHyperparameters(manifest, fixed);
  for (const [key, values] of given) {
    for (const value of values) completeHyperparameters(manifest, { ...fixed, [key]: value });
  }
  const selection = formatSelection({ name, hyperparameters: fixed });
  if (Object.keys(space).length === 0) {
    throw new GaussmarkError(`'${selection}' has nothing to search`, {
      plugin: `optimizer '${name}'`,
      expected: 'a search space in its manifest, or several values of a hyperparameter',
      got: given.length === 0 ? 'none' : `${Object.keys(fixed).join(', ')} fixed`,
      remedy: `list values, for example ${name}[key=0.1,1], or add "search" to its manifest`,
    });
  }
  return { entry, selection, fixed, space };
}

/** Significant digits of a drawn value: enough for any hyperparameter, and labels show all of them. */
const DIGITS = 4;

/**
 * The value of a dimension at u in [0, 1): low + u (high - low), or low (high / low)^u on a log scale. Integers are equally
 * likely; on a log scale, in proportion to the length of [n - 1/2, n + 1/2]. Numbers have four significant digits.
 */
export function valueAt(dimension: SearchDimension, u: number): JsonValue {
  if (dimension.scale === 'categorical') {
    return dimension.values[Math.floor(u * dimension.values.length)] as JsonValue;
  }
  const { scale, low, high } = dimension;
  const within = (value: number) => Math.min(high, Math.max(low, value));
  switch (scale) {
    case 'linear':
      return within(rounded(low + u * (high - low)));
    case 'log':
      return within(rounded(low * (high / low) ** u));
    case 'integer':
      return within(low + Math.floor(u * (high - low + 1)));
    case 'log-integer': {
      const [from, to] = [low - 0.5, high + 0.5];
      return within(Math.round(from * (to / from) ** u));
    }
    default:
      return scale satisfies never;
  }
}

/** `levels` evenly spaced values of a dimension, ends included; all values of a categorical one. */
export function levelsOf(dimension: SearchDimension, levels: number): JsonValue[] {
  if (dimension.scale === 'categorical') return dimension.values.map((value) => value as JsonValue);
  const { scale, low, high } = dimension;
  const values = Array.from({ length: levels }, (_, i) => {
    const u = levels === 1 ? 0.5 : i / (levels - 1);
    const value = scale.startsWith('log') ? low * (high / low) ** u : low + u * (high - low);
    const whole = scale.endsWith('integer') ? Math.round(value) : rounded(value);
    return Math.min(high, Math.max(low, whole));
  });
  return [...new Set(values)];
}

const rounded = (value: number) => Number(value.toPrecision(DIGITS));
