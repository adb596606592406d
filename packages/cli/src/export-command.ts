// `bench export`: an optimizer's step as an .onnx file.

import path from 'node:path';
import { GaussmarkError, replaceFile } from '@gaussmark/core';
import { type Cell, exportIn, locationsOf, PLAN, type Plan, plannerIn } from '@gaussmark/harness';
import type { CommandContext } from './context.js';
import { type PlanOptions, requestOf } from './options.js';
import { wrap } from './paragraph.js';
import { withPluginWorker } from './plugin-worker.js';
import { demandGivenPlugins, findPlugins } from './registry.js';
import { demandWritableFile } from './report-directory.js';
import { shown } from './run-command.js';

export interface ExportOptions extends PlanOptions {
  readonly out: string;
  readonly json?: boolean;
}

/**
 * Writes one step.
 *
 * @throws GaussmarkError for wrong input, or if it means more than one step.
 */
export async function exportCommand(options: ExportOptions, context: CommandContext): Promise<number> {
  const { cwd, screen } = context;
  const file = path.resolve(cwd, options.out);
  demandWritableFile(file);
  const locations = locationsOf(cwd, options.plugin);
  const exporting = { purpose: 'the export', prepare: PLAN, limits: options } as const;
  const { cell, bytes, names, metrics } = await withPluginWorker(exporting, screen.err, async (host) => {
    const registry = await findPlugins(locations);
    demandGivenPlugins(registry);
    const plan = await plannerIn(host, registry, locations)({ ...requestOf(options), seeds: [1] });
    const cell = onlyCell(plan);
    return { cell, ...(await exportIn(host, cell, registry, locations)) };
  });
  replaceFile(file, bytes, { lost: 'the step could not be written' });
  if (options.json) {
    screen.out.writeDocument(
      `${JSON.stringify({ file, bytes: bytes.length, ...names, metrics }, null, 2)}\n`,
    );
    return 0;
  }
  const list = (title: string, items: readonly string[]) =>
    `  ${title.padEnd(9)}${wrap(items.join(', '), screen.out.columns, ' '.repeat(11)).trimStart()}\n`;
  screen.out.write(`${shown(file, cwd)}: ${cell.label} on ${cell.problem.name}, ${bytes.length} bytes\n`);
  screen.out.write(list('inputs', names.inputs) + list('outputs', names.outputs) + list('metrics', metrics));
  return 0;
}

/** @throws GaussmarkError if a plan has no cell, or several */
function onlyCell({ cells, skipped }: Plan): Cell {
  const [cell, ...others] = cells;
  if (cell === undefined) {
    throw new GaussmarkError('there is no step to export', {
      got: skipped.map(({ problem, optimizer, reason }) => `${problem}, ${optimizer}: ${reason}`).join('; '),
    });
  }
  if (others.length > 0) {
    throw new GaussmarkError(`${cells.length} steps are meant, and a file holds one`, {
      got: cells.map(({ id }) => id).join(', '),
      remedy: 'give one --problem and one --optimizer, with one value for each hyperparameter',
    });
  }
  return cell;
}
