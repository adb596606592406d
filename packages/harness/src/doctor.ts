// The doctor: is everything there that a benchmark needs? Each check says what it found and, if need be, the remedy.

import { basename } from 'node:path';
import { add, tensorValue, trace } from '@gaussmark/autodiff';
import {
  completeHyperparameters,
  type DatasetContext,
  GaussmarkError,
  type PluginEntry,
  type Registry,
} from '@gaussmark/core';
import type { Surroundings } from './cell/cell.js';
import { backendsOf, type ListedBackend } from './conformance/backends.js';
import { describeMachine } from './environment.js';
import { DatasetShelf } from './plan/dataset-shelf.js';
import { demandWritable } from './report-directory.js';

export interface Check {
  readonly name: string;
  /** `absent`: one of several ways to do something, which is not to be had here. */
  readonly status: 'ok' | 'absent' | 'warn' | 'fail';
  readonly found: string;
  readonly remedy?: string;
}

const OLDEST_NODE = [20, 19] as const;
/** Below this, the biggest built-in problem may not fit. */
const MEMORY_GIB = 2;

/** Runs every check, in the order in which things are needed. Only `fail` keeps a benchmark from running. */
export async function examine(
  registry: Registry,
  surroundings: Surroundings,
  reportDirectory: string,
): Promise<Check[]> {
  const checks = [checkNode(process.versions.node), checkMachine(), ...checkPlugins(registry)];
  for (const entry of registry.list('optimizer')) {
    checks.push(await checkLoads(entry, () => registry.load(entry)));
  }
  for (const entry of registry.list('model'))
    checks.push(await checkLoads(entry, () => registry.load(entry)));
  for (const entry of registry.list('engine')) checks.push(...(await checkEngine(entry, registry)));
  const shelf = new DatasetShelf(registry, surroundings);
  for (const entry of registry.list('dataset')) {
    checks.push(await checkDataset(entry, registry, surroundings, shelf));
  }
  checks.push(await checkDirectory(reportDirectory));
  return checks;
}

export function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const old = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
  const check = { name: 'Node.js', found: version } as const;
  return old
    ? { ...check, status: 'fail', remedy: `install Node.js ${OLDEST_NODE.join('.')} or later` }
    : { ...check, status: 'ok' };
}

function checkMachine(): Check {
  const { cpu, cores, memoryBytes, os } = describeMachine();
  const gib = memoryBytes / 2 ** 30;
  const found = `${cpu}, ${cores} ${cores === 1 ? 'core' : 'cores'}, ${gib.toFixed(1)} GiB, ${os}`;
  const check = { name: 'machine', found } as const;
  if (gib < MEMORY_GIB)
    return { ...check, status: 'warn', remedy: 'mnist may not fit; run smaller problems' };
  return { ...check, status: 'ok' };
}

function checkPlugins(registry: Registry): Check[] {
  return registry.broken.map(({ kind, name, path, reason, error, shadowed }) => ({
    name: `${kind ?? 'plugin'} ${name ?? basename(path)}`,
    status: shadowed ? 'warn' : 'fail',
    found: `${reason} (${path})`,
    ...(error?.remedy === undefined ? {} : { remedy: error.remedy }),
  }));
}

async function checkLoads(
  entry: PluginEntry<'optimizer'> | PluginEntry<'model'>,
  load: () => Promise<unknown>,
): Promise<Check> {
  return attempt(`${entry.kind} ${entry.name}`, async () => {
    await load();
    return `version ${entry.manifest.version}`;
  });
}

/** Every way in which an engine can run: what it runs on, or what keeps it from it. */
async function checkEngine(entry: PluginEntry<'engine'>, registry: Registry): Promise<Check[]> {
  const checks: Check[] = [];
  for (const backend of await backendsOf(entry, registry)) {
    const name = `engine ${backend.selection}`;
    if (backend.available) {
      checks.push(await attempt(name, () => addTwoNumbers(entry, registry, backend)));
      continue;
    }
    // An engine that has no other way to run is broken.
    const onlyOne = Object.keys(backend.hyperparameters).length === 0;
    const { reason: found, remedy } = backend;
    const status = onlyOne ? 'fail' : 'absent';
    checks.push({ name, status, found, ...(remedy === undefined ? {} : { remedy }) });
  }
  return checks;
}

/** Starts an engine and lets it compute; returns what it says of itself. */
async function addTwoNumbers(
  entry: PluginEntry<'engine'>,
  registry: Registry,
  { hyperparameters }: ListedBackend,
): Promise<string> {
  const plugin = await registry.load(entry);
  const engine = await plugin.create(completeHyperparameters(entry.manifest, hyperparameters));
  try {
    const type = { dtype: 'float32', shape: [2] } as const;
    const { program } = trace((x) => add(x, x), type);
    const executable = await engine.compile(program);
    const [output] = await executable.run([engine.upload(tensorValue('float32', [2], [1, 2.5]))]);
    const values = Array.from(await output!.read());
    if (values.join() !== '2,5') {
      throw new GaussmarkError('it computes wrong values', {
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
}

function describeFact(key: string, value: string | number | boolean): string {
  if (key === 'memoryBytes') return `memory ${(Number(value) / 2 ** 30).toFixed(1)} GiB`;
  return `${key} ${value}`;
}

async function checkDataset(
  entry: PluginEntry<'dataset'>,
  registry: Registry,
  context: DatasetContext,
  shelf: DatasetShelf,
): Promise<Check> {
  const { name, manifest } = entry;
  const required = Object.entries(manifest.hyperparameters.properties).filter(
    ([, { default: usual }]) => usual === undefined,
  );
  if (required.length > 0) {
    const names = required.map(([key]) => key).join(', ');
    return { name: `dataset ${name}`, status: 'ok', found: `of your own: it asks for ${names}` };
  }
  // What nobody has fetched yet is no fault: a run that needs it says so.
  const files = await registry.load(entry).then(
    (plugin) => plugin.files?.locate(context),
    () => undefined,
  );
  if (files?.some(({ status }) => status === 'missing')) {
    const remedy = `for problems that use it: bench data fetch ${name}`;
    return { name: `dataset ${name}`, status: 'warn', found: 'not fetched', remedy };
  }
  return attempt(`dataset ${name}`, async () => {
    const choice = { name, hyperparameters: completeHyperparameters(manifest, {}) };
    const { trainSize, testSize, source, checksums } = await shelf.verify(choice);
    const count = Object.keys(checksums).length;
    return `${trainSize} + ${testSize} examples, ${source}, ${count} ${count === 1 ? 'checksum' : 'checksums'}`;
  });
}

async function checkDirectory(directory: string): Promise<Check> {
  return attempt('reports', async () => {
    demandWritable(directory);
    return `${directory} can be written`;
  });
}

async function attempt(name: string, check: () => Promise<string>): Promise<Check> {
  try {
    return { name, status: 'ok', found: await check() };
  } catch (error) {
    const known = error instanceof GaussmarkError ? error : undefined;
    const found =
      known === undefined ? String(error) : [known.summary, known.got].filter(Boolean).join('; got ');
    return { name, status: 'fail', found, ...(known?.remedy === undefined ? {} : { remedy: known.remedy }) };
  }
}
