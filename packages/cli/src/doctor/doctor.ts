// `bench doctor`'s checks: Node, the machine, plugins, data, reports.

import { basename } from 'node:path';
import { formatBytes, formatQuantity } from '@gaussmark/analysis/words';
import { defined, type Registry } from '@gaussmark/core';
import { describeMachine, type Locations } from '@gaussmark/harness';
import { knownPlugins, listOf, type PluginHost, task } from '@gaussmark/worker';
import { requireWritable } from '../report-directory.js';
import { attempt, CHECK, type Check } from './doctor-check.js';
import type { ExamineTask } from './doctor-task.js';

export const EXAMINE = task<ExamineTask>(new URL('./doctor-task.js', import.meta.url), 'examineTask', {
  result: listOf(CHECK),
});

export type { Check };

const OLDEST_NODE = [20, 19] as const;
/** With less, the largest built-in problem may not fit. */
const MEMORY_GIB = 2;

/** Plugin kinds in the order of their checks. */
const ORDER = ['optimizer', 'model', 'engine', 'dataset'] as const;

/**
 * Runs every check. Only a `fail` keeps a benchmark from running.
 *
 * @param host loads plugins; a plugin that crashes it fails its own check only
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
