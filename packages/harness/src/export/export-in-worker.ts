// A step exported in a worker: no code of a plugin runs in the process of the command.

import type { Registry } from '@gaussmark/core';
import { knownPlugins, type PluginHost, task } from '@gaussmark/worker';
import type { Cell, Locations } from '../cell/cell.js';
import type { ExportedStep } from './export-step.js';
import type { ExportTask } from './export-task.js';

const EXPORT = task<ExportTask>(new URL('./export-task.js', import.meta.url), 'exportTask');

const TEXTS = { type: 'array', items: { type: 'string' } } as const;

const RESULT = {
  type: 'object',
  properties: {
    base64: { type: 'string' },
    metrics: TEXTS,
    names: {
      type: 'object',
      properties: { inputs: TEXTS, outputs: TEXTS },
      required: ['inputs', 'outputs'],
      additionalProperties: false,
    },
  },
  required: ['base64', 'metrics', 'names'],
  additionalProperties: false,
} as const;

/** {@link exportStep} in a worker of the host. */
export async function exportIn(
  host: PluginHost,
  cell: Cell,
  registry: Registry,
  locations: Locations,
): Promise<ExportedStep> {
  const input = { cell, known: knownPlugins(registry), locations };
  const { base64, ...rest } = await host.ask(EXPORT, input, { result: RESULT });
  return { ...rest, bytes: Buffer.from(base64, 'base64') };
}
