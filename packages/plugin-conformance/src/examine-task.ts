// Worker task: check that one plugin loads, computes and finds its data.

import { formatBytes, formatQuantity } from '@gaussmark/analysis/words';
import { add, tensorValue, trace } from '@gaussmark/autodiff';
import type { Locations } from '@gaussmark/cell';
import {
  completeHyperparameters,
  type DatasetContext,
  defined,
  GaussmarkError,
  type PluginEntry,
  type PluginKind,
  type Registry,
} from '@gaussmark/core';
import { DatasetCatalog } from '@gaussmark/harness';
import {
  backendsOf,
  callPlugin,
  type KnownPlugins,
  type ListedBackend,
  loadPlugin,
  registryOf,
  type TaskOf,
} from '@gaussmark/worker';
import { attempt, type Examined } from './examined.js';

export interface ExamineTask {
  readonly input: {
    readonly kind: PluginKind;
    readonly name: string;
    readonly known: KnownPlugins;
    readonly locations: Locations;
  };
  readonly event: never;
  readonly result: readonly Examined[];
}

export const examineTask: TaskOf<ExamineTask> = async ({ kind, name, known, locations }) => {
  const registry = registryOf(known);
  switch (kind) {
    case 'optimizer':
      return [await checkLoads(registry.find(kind, name), registry)];
    case 'model':
      return [await checkLoads(registry.find(kind, name), registry)];
    case 'engine':
      return checkEngine(registry.find(kind, name), registry);
    case 'dataset':
      return [await checkDataset(registry.find(kind, name), registry, locations)];
    default:
      return kind satisfies never;
  }
};

function checkLoads(
  entry: PluginEntry<'optimizer'> | PluginEntry<'model'>,
  registry: Registry,
): Promise<Examined> {
  return attempt(`${entry.kind} ${entry.name}`, async () => {
    await (entry.kind === 'model' ? loadPlugin(registry, entry) : loadPlugin(registry, entry));
    return `version ${entry.manifest.version}`;
  });
}

/** Checks every back end of an engine. */
async function checkEngine(entry: PluginEntry<'engine'>, registry: Registry): Promise<Examined[]> {
  const checks: Examined[] = [];
  for (const backend of await backendsOf(entry, registry)) {
    const name = `engine ${backend.selection}`;
    if (backend.available) {
      checks.push(await attempt(name, () => addTwoNumbers(entry, registry, backend)));
      continue;
    }
    // An engine whose only back end is unavailable is broken.
    const onlyOne = Object.keys(backend.hyperparameters).length === 0;
    const { reason: found, remedy } = backend;
    const status = onlyOne ? 'fail' : 'absent';
    checks.push({ name, status, found, ...defined({ remedy }) });
  }
  return checks;
}

/** Starts an engine, adds two numbers, and returns the engine's own description. */
async function addTwoNumbers(
  entry: PluginEntry<'engine'>,
  registry: Registry,
  { hyperparameters }: ListedBackend,
): Promise<string> {
  const plugin = await loadPlugin(registry, entry);
  return callPlugin('engine', entry.name, async () => {
    const engine = await plugin.create(completeHyperparameters(entry.manifest, hyperparameters));
    try {
      const type = { dtype: 'float32', shape: [2] } as const;
      const { program } = trace((x) => add(x, x), type);
      const executable = await engine.compile(program);
      const [output] = await executable.run([engine.upload(tensorValue('float32', [2], [1, 2.5]))]);
      const values = Array.from(await output!.read());
      if (values.join() !== '2,5') {
        throw new GaussmarkError('the engine computes wrong values', {
          expected: '1 + 1, 2.5 + 2.5 = 2, 5',
          got: values.join(', '),
        });
      }
      return Object.entries(engine.info)
        .filter(([key]) => key !== 'engine' && !Object.hasOwn(hyperparameters, key))
        .map(([key, value]) => describeFact(key, value))
        .join(', ');
    } finally {
      await engine.dispose();
    }
  });
}

function describeFact(key: string, value: string | number | boolean): string {
  if (key === 'memoryBytes') return `memory ${formatBytes(Number(value))}`;
  return `${key} ${value}`;
}

async function checkDataset(
  entry: PluginEntry<'dataset'>,
  registry: Registry,
  context: DatasetContext,
): Promise<Examined> {
  const { name, manifest } = entry;
  const required = Object.entries(manifest.hyperparameters.properties).filter(
    ([, { default: usual }]) => usual === undefined,
  );
  if (required.length > 0) {
    const names = required.map(([key]) => key).join(', ');
    return { name: `dataset ${name}`, status: 'ok', found: `takes your own data: needs ${names}` };
  }
  // Data not yet fetched are not a failure; a run that needs them reports it.
  const files = await loadPlugin(registry, entry).then(
    (plugin) => plugin.files?.locate(context),
    () => undefined,
  );
  if (files?.some(({ status }) => status === 'missing')) {
    const remedy = `bench data fetch ${name}`;
    return { name: `dataset ${name}`, status: 'warn', found: 'not fetched', remedy };
  }
  return attempt(`dataset ${name}`, async () => {
    const choice = { name, hyperparameters: completeHyperparameters(manifest, {}) };
    const { trainSize, testSize, source, checksums } = await new DatasetCatalog(registry, context).verify(
      choice,
    );
    const count = Object.keys(checksums).length;
    return `${trainSize} + ${testSize} examples, ${source}, ${formatQuantity(count, 'checksum')}`;
  });
}
