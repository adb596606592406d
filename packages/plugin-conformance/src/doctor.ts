// The checks of an installation: Node, the machine, plugins, data, reports.

import { basename } from 'node:path';
import { formatBytes, formatQuantity } from '@gaussmark/analysis/words';
import type { Locations } from '@gaussmark/cell';
import { defined, GaussmarkError, type PluginEntry, type Registry, requireWritable } from '@gaussmark/core';
import { describeMachine } from '@gaussmark/harness';
import { knownPlugins, type PluginHost } from '@gaussmark/worker';
import { checkPlugin } from './check-in-process.js';
import { EXAMINE } from './examine.js';
import { attempt, type Examined } from './examined.js';

export type Check = Examined;

const OLDEST_NODE = [20, 19] as const;
/** With less, the largest built-in problem may not fit. */
const MEMORY_GIB = 2;

/** Plugin kinds in the order of their checks. */
const ORDER = ['optimizer', 'model', 'engine', 'dataset'] as const;

/**
 * Runs every check. Only a `fail` keeps a benchmark from running.
 *
 * @param host loads plugins; a plugin that crashes it fails its own check only
 * @internal
 */
export async function examine(
  registry: Registry,
  locations: Locations,
  reportDirectory: string,
  host: PluginHost,
): Promise<Check[]> {
  const checks = [checkNode(process.versions.node), checkMachine(), ...checkPlugins(registry)];
  const known = knownPlugins(registry);
  for (const { kind, name } of ORDER.flatMap((each) => registry.list(each))) {
    try {
      const input = { kind, name, known, locations };
      checks.push(...(await host.ask(EXAMINE, input)));
    } catch (error) {
      checks.push(await attempt(`${kind} ${name}`, () => Promise.reject(error)));
    }
  }
  // A plugin given by path is being written: its whole suite runs.
  for (const entry of registry.plugins.filter(({ source, kind }) => source === 'path' && kind !== 'engine')) {
    checks.push(await checkConformance(entry, registry, locations));
  }
  checks.push(await checkDirectory(reportDirectory));
  return checks;
}

function checkConformance(entry: PluginEntry, registry: Registry, locations: Locations): Promise<Check> {
  return attempt(`${entry.kind} ${entry.name} conforms`, async () => {
    const { findings } = await checkPlugin(entry, { registry, locations });
    const failed = findings.filter(({ status }) => status === 'fail');
    if (failed.length === 0) return formatQuantity(findings.length, 'check');
    throw new GaussmarkError(`failed: ${failed.map(({ check }) => check).join(', ')}`, {
      remedy: `bench check ${entry.directory}`,
    });
  });
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
  const found = `${cpu}, ${formatQuantity(cores, 'core')}, ${formatBytes(memoryBytes)}, ${os}`;
  const check = { name: 'machine', found } as const;
  if (gib < MEMORY_GIB)
    return { ...check, status: 'warn', remedy: 'mnist may not fit in memory; run smaller problems' };
  return { ...check, status: 'ok' };
}

function checkPlugins(registry: Registry): Check[] {
  return registry.broken.map(({ kind, name, path, reason, error, shadowed }) => ({
    name: `${kind ?? 'plugin'} ${name ?? basename(path)}`,
    status: shadowed ? 'warn' : 'fail',
    found: `${reason} (${path})`,
    ...defined({ remedy: error?.remedy }),
  }));
}

async function checkDirectory(directory: string): Promise<Check> {
  return attempt('reports', async () => {
    requireWritable(directory);
    return `${directory} is writable`;
  });
}
