// Covers a plugin: measures its settings, and finds which hyperparameters change a number.

import type { Cell, Locations } from '@gaussmark/cell';
import {
  completeHyperparameters,
  type HyperparameterValues,
  LOSSES,
  type LossName,
  losses,
  type Manifest,
  type ModelPlugin,
  type PluginEntry,
  type Registry,
} from '@gaussmark/core';
import {
  type Exploration,
  explore,
  incompatibility,
  type Outcome,
  observeDataset,
  observeLoss,
  observeModel,
  optimizerObserver,
  outcomeOf,
  STEPS,
  TINY_DATA,
  type TriedSetting,
  withManifestPaths,
} from '@gaussmark/plugin-conformance';
import type { CoveredHyperparameter, CoveredKind } from './coverage-report.js';
import { type Measure, measureId } from './snapshot.js';

/** Something whose settings are tried. JSON. */
export interface CoverageSubject {
  readonly kind: CoveredKind;
  readonly name: string;
}

export interface Covered {
  readonly measures: readonly Measure[];
  readonly coverage: readonly CoveredHyperparameter[];
}

/** The problem name of these measures. */
export const COVERAGE_PROBLEM = 'coverage';

/** A loss that rounding may change by more is not a measure. */
const MOST_TOLERANCE = 0.05;

const KINDS = ['optimizer', 'model', 'dataset'] as const;

/**
 * The subjects to cover: all plugins and losses, or the plugins of some cells. An engine's settings change how programs run, not
 * their results; `bench engine check` covers those.
 */
export function coverageSubjects(registry: Registry, cells: readonly Cell[] | 'all'): CoverageSubject[] {
  if (cells === 'all') {
    return [
      ...KINDS.flatMap((kind) => registry.list(kind).map(({ name }) => ({ kind, name }))),
      ...LOSSES.map((name) => ({ kind: 'loss' as const, name })),
    ];
  }
  const used = cells.flatMap(({ optimizer, problem: { model, dataset } }) => [
    { kind: 'optimizer' as const, name: optimizer.name },
    { kind: 'model' as const, name: model.name },
    { kind: 'dataset' as const, name: dataset.name },
  ]);
  return [...new Map(used.map((subject) => [`${subject.kind} ${subject.name}`, subject])).values()];
}

/** Covers a subject. Never throws: a plugin that fails is reported with the reason. */
export async function cover(
  { kind, name }: CoverageSubject,
  registry: Registry,
  locations: Locations,
): Promise<Covered> {
  switch (kind) {
    case 'loss':
      return coverLoss(name as LossName);
    case 'optimizer': {
      const entry = registry.find('optimizer', name);
      return coverPlugin(entry, `loss after ${STEPS} steps`, async () => {
        const observe = optimizerObserver(await registry.load(entry), entry.manifest);
        return (values) => outcomeOf(() => observe(values));
      });
    }
    case 'model':
      return coverModel(registry.find('model', name), registry);
    case 'dataset': {
      const entry = registry.find('dataset', name);
      const { cacheDirectory } = locations;
      const plugin = await registry.load(entry).catch(() => undefined);
      const files = await plugin?.files?.locate({ cacheDirectory }).catch(() => undefined);
      if (files?.some(({ status }) => status === 'missing')) {
        return {
          measures: [],
          coverage: uncovered(entry, 'absent', `its data are not here: bench data fetch ${name}`),
        };
      }
      return coverPlugin(entry, 'sum of its values', async () => {
        const loaded = await registry.load(entry);
        return (values) =>
          outcomeOf(() => observeDataset(loaded, withManifestPaths(values, entry), cacheDirectory));
      });
    }
    default:
      kind satisfies never;
      throw new Error(`internal: unknown kind ${kind}`);
  }
}

/** Covers the settings on the first data that fits the model, and the base on all other data that fits. */
async function coverModel(entry: PluginEntry<'model'>, registry: Registry): Promise<Covered> {
  const quantity = 'loss after a step';
  let plugin: ModelPlugin | undefined;
  const fits = (values: HyperparameterValues) =>
    TINY_DATA.filter((data) => incompatibility(plugin!, values, data) === undefined);
  const covered = await coverPlugin(entry, quantity, async () => {
    plugin = await registry.load(entry);
    return (values) =>
      outcomeOf(() => {
        const [data] = fits(values);
        if (data === undefined) throw new Error(incompatibility(plugin!, values, TINY_DATA[0]!));
        return observeModel(plugin!, entry.manifest, values, data);
      });
  });
  if (covered.measures.length === 0) return covered;
  const { manifest, name } = entry;
  const base = completeHyperparameters(manifest, manifest.coverage?.base ?? {});
  const others = fits(base)
    .slice(1)
    .flatMap((data) =>
      measureOf(
        { selection: `${name} on ${data.name}`, ...observeModel(plugin!, manifest, base, data) },
        quantity,
      ),
    );
  return { ...covered, measures: [...covered.measures, ...others] };
}

/** An entry of any kind. */
interface Entry extends Pick<PluginEntry, 'name' | 'manifestFile'> {
  readonly kind: (typeof KINDS)[number];
  readonly manifest: Manifest;
}

async function coverPlugin(
  entry: Entry,
  quantity: string,
  observer: () => Promise<(values: HyperparameterValues) => Promise<Outcome>>,
): Promise<Covered> {
  let exploration: Exploration;
  try {
    exploration = await explore(entry.manifest, await observer());
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { measures: [], coverage: uncovered(entry, 'not run', reason) };
  }
  const { kind, name } = entry;
  return {
    measures: exploration.settings.flatMap((setting) => measureOf(setting, quantity)),
    coverage: exploration.effects.map((effect) => ({ kind, plugin: name, ...effect })),
  };
}

function uncovered(
  { kind, name, manifest }: Entry,
  status: 'absent' | 'not run',
  reason: string,
): CoveredHyperparameter[] {
  return Object.keys(manifest.hyperparameters.properties).map((hyperparameter) => ({
    kind,
    plugin: name,
    hyperparameter,
    status,
    reason,
  }));
}

/** A loss has no hyperparameters: one measure covers it. */
function coverLoss(name: LossName): Covered {
  const setting: TriedSetting = { selection: name, ...observeLoss(losses[name]) };
  return { measures: measureOf(setting, 'loss after a step'), coverage: [] };
}

function measureOf({ selection, value, tolerance }: TriedSetting, quantity: string): Measure[] {
  if (tolerance > MOST_TOLERANCE) return [];
  const named = { problem: COVERAGE_PROBLEM, optimizer: selection, quantity };
  return [
    {
      id: measureId(named),
      ...named,
      tier: 'hard',
      unit: '',
      better: 'same',
      value,
      tolerance: { relative: tolerance, absolute: 0 },
    },
  ];
}
