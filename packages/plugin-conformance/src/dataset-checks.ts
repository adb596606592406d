// The checks of a dataset: what it describes is what it loads, the same each time.

import type { Locations } from '@gaussmark/cell';
import {
  type Choice,
  canonicalJson,
  completeHyperparameters,
  type Dataset,
  type DatasetPlugin,
  type PluginEntry,
  type Registry,
  type Split,
} from '@gaussmark/core';
import { DatasetCatalog } from '@gaussmark/harness';
import { withManifestPaths } from './exercise/manifest-paths.js';
import { observeDataset } from './exercise/observe-dataset.js';
import { type Check, fail, info, skip } from './finding.js';
import { knobsCheck } from './knobs.js';

export async function datasetChecks(
  plugin: DatasetPlugin,
  entry: Pick<PluginEntry<'dataset'>, 'manifest' | 'manifestFile'>,
  registry: Registry,
  { cacheDirectory }: Pick<Locations, 'cacheDirectory'>,
): Promise<readonly Check[]> {
  const { manifest } = entry;
  const { name } = manifest;
  const context = { cacheDirectory };
  const files = await plugin.files?.locate(context).catch(() => undefined);
  const absent = files?.filter(({ status }) => status === 'missing') ?? [];
  if (absent.length > 0) {
    const run = () => skip(`its files are not here: bench data fetch ${name}`);
    return [{ name: 'files', remedy: '', run }];
  }
  const base = completeHyperparameters(manifest, manifest.coverage?.base ?? {});
  const hyperparameters = withManifestPaths(base, entry);
  const choice: Choice = { name, hyperparameters };
  const load = () => plugin.load(hyperparameters, context);
  return [
    {
      name: 'values',
      isBasis: true,
      remedy:
        'return whole splits of finite numbers, and classes and tokens in their range, with source, licence and checksums',
      async run() {
        const { trainSize, testSize, source, license } = await new DatasetCatalog(registry, context).verify(
          choice,
        );
        return `${trainSize} + ${testSize} examples, all finite and in range; ${source}, ${license}`;
      },
    },
    {
      name: 'describe()',
      remedy: 'return the same specification from describe and load',
      async run() {
        const [told, { spec }] = [await plugin.describe(hyperparameters, context), await load()];
        const [expected, got] = [canonicalJson(spec as never), canonicalJson(told as never)];
        if (expected !== got) fail(`load gives ${expected}, describe ${got}`);
        return "equals the loaded data's";
      },
    },
    {
      name: 'determinism',
      remedy: 'derive generated values from a fixed seed, and read files in a fixed order',
      async run() {
        const [first, again] = [await load(), await load()];
        for (const part of ['train', 'test'] as const) demandSame(part, first[part], again[part]);
        const [a, b] = [first, again].map(({ provenance }) => canonicalJson({ ...provenance.checksums }));
        if (a !== b) fail(`checksums change from ${a} to ${b}`, 'compute checksums from the data alone');
        return 'loaded twice: the same values and checksums';
      },
    },
    { name: 'splits', remedy: 'split before augmenting', run: async () => splits(await load()) },
    knobsCheck(manifest, (values) =>
      observeDataset(plugin, withManifestPaths(values, entry), cacheDirectory),
    ),
  ];
}

function demandSame(part: string, first: Split, again: Split): void {
  for (const key of ['inputs', 'targets'] as const) {
    const at = first[key].findIndex((x, i) => !Object.is(x, again[key][i]));
    if (at >= 0 || first[key].length !== again[key].length)
      fail(
        `${part}.${key} changes from one load to the next${at >= 0 ? ` at value ${at}: ${first[key][at]}, then ${again[key][at]}` : ''}`,
      );
  }
}

/** Examples compared; a larger training split is sampled from its start. */
const MOST_EXAMPLES = 20_000;

function splits({ spec, train, test }: Dataset) {
  const rowsOf = ({ size, inputs, targets }: Split) => {
    const [wide, deep] = [inputs.length / size, targets.length / size];
    const count = Math.min(size, MOST_EXAMPLES);
    return Array.from(
      { length: count },
      (_, i) =>
        `${inputs.subarray(i * wide, (i + 1) * wide).join()};${targets.subarray(i * deep, (i + 1) * deep).join()}`,
    );
  };
  const known = new Set(rowsOf(train));
  const repeated = rowsOf(test).filter((row) => known.has(row)).length;
  const classes = spec.classes === undefined ? undefined : new Set(train.targets).size;
  if (classes !== undefined && classes < spec.classes!)
    return info(`only ${classes} of ${spec.classes} classes occur in the training split`);
  if (repeated > 0) return info(`${repeated} test examples also occur in the training split`);
  return 'no test example occurs in the training split';
}
