// Exports a step in a worker: the command's process runs no plugin.

import type { Registry } from '@gaussmark/core';
import { closed, knownPlugins, listOf, objectOf, type PluginHost, TEXT, task } from '@gaussmark/worker';
import type { Cell, Locations } from '../cell.js';
import type { ExportedStep } from './export-step.js';
import type { ExportTask } from './export-task.js';

const NAMES = closed(objectOf({ inputs: listOf(TEXT), outputs: listOf(TEXT) }));

const EXPORT = task<ExportTask>(new URL('./export-task.js', import.meta.url), 'exportTask', {
  result: closed(objectOf({ base64: TEXT, metrics: listOf(TEXT), names: NAMES })),
});

/** {@link exportStep} in the host's worker. */
export async function exportIn(
  host: PluginHost,
  cell: Cell,
  registry: Registry,
  locations: Locations,
): Promise<ExportedStep> {
  const input = { cell, known: knownPlugins(registry), locations };
  const { base64, ...rest } = await host.ask(EXPORT, input);
  return { ...rest, bytes: Buffer.from(base64, 'base64') };
}
