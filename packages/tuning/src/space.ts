// What a search looks through: the dimensions of an optimizer's manifest, less what the user fixes.

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

/** An optimizer whose hyperparameters are looked for. */
export interface SearchedOptimizer {
  readonly entry: PluginEntry<'optimizer'>;
  /** `sgd[momentum=0]`: with what is fixed, else the defaults. What its untuned runs are. */
  readonly selection: string;
  readonly fixed: Values;
  readonly space: Space;
}

/**
 * The optimizers that selections mean, with their search spaces: those of the manifests, except that one value given
 * for a hyperparameter fixes it, and several are what is searched of it.
 *
 * @throws GaussmarkError for an unknown optimizer or hyperparameter, a value out of range, an optimizer given twice, or
 *   one with nothing to search.
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
    remedy: 'leave one of them out, or fix different values in them',
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
    throw new GaussmarkError(`there is nothing to search of '${selection}'`, {
      expected: 'a search space in its manifest, or several values of a hyperparameter',
      remedy: `give values, as in ${name}[someHyperparameter=0.1,1], or add "search" to its manifest`,
    });
  }
  return { entry, selection, fixed, space };
}

/** Significant digits of a value that was drawn: enough for any hyperparameter, and its label says all of it. */
const DIGITS = 4;

/**
 * The value of a dimension at u in [0, 1), uniform in u: on a log scale low (high / low)^u; whole numbers all equally likely
 * (on a log scale, by the share of [n - 1/2, n + 1/2]). Numbers have four significant digits.
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

/** `levels` values of a dimension from end to end, both included, evenly on its scale; of a choice, all. */
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
