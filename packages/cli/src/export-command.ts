// `bench export`: an optimizer's step as an .onnx file.

import path from 'node:path';
import { exportIn } from '@gaussmark/cell';
import { replaceFile, requireWritableFile } from '@gaussmark/core';
import { demandNamedEngines } from '@gaussmark/harness';
import type { Command } from 'commander';
import type { CommandContext } from './context.js';
import { examples } from './help-text.js';
import {
  addOptions,
  jsonOption,
  type PlanOptions,
  planOptions,
  pluginOption,
  requestOf,
  verboseOption,
} from './options.js';
import { fromHere, printJsonOr } from './output.js';
import { wrap } from './paragraph.js';
import { onlyCell, withPlanner } from './planning.js';

interface ExportOptions extends PlanOptions {
  readonly out: string;
  readonly json?: boolean;
}

export function defineExport(command: Command, context: CommandContext): void {
  command.requiredOption('--out <file>', 'the .onnx file to write');
  addOptions(
    command,
    ...planOptions(),
    jsonOption('the names of inputs and outputs'),
    pluginOption(),
    verboseOption(),
  )
    .addHelpText('after', examples(EXAMPLES, NOTES))
    .action(async (options: ExportOptions) => context.exit(await exportCommand(options, context)));
}

const EXAMPLES = [
  [
    "bench export --problem mnist --optimizer 'sgn[cgIterations=5]' --out step.onnx",
    'one step: takes parameters, state and a mini-batch; returns parameters, state and metrics',
  ],
] as const;

const NOTES = `
Inputs: params.*, state.*, inputs (M, ...) and targets (M, ...) of one full mini-batch.
A step that uses them also has the inputs progress, from 0 to 1, and step, the steps before it.
Outputs: next.params.*, next.state.* and metrics, one vector whose names are printed.
The file's notes (metadata_props) hold hyperparameters, metrics and origin, and the initial params.* and state.*:
gaussmark.initial is an .npz in base64.`;

/**
 * Exports one step.
 *
 * @throws GaussmarkError for wrong input, or if the options select several steps
 */
async function exportCommand(options: ExportOptions, context: CommandContext): Promise<number> {
  const { cwd, screen } = context;
  demandNamedEngines(options.engine, 'a file is the step of one engine');
  const file = path.resolve(cwd, options.out);
  requireWritableFile(file);
  const { cell, bytes, names, metrics } = await withPlanner(
    'the export',
    options,
    context,
    async ({ host, registry, locations, planner }) => {
      const cell = onlyCell(await planner({ ...requestOf(options), seeds: [1] }), 'a file holds one');
      return { cell, ...(await exportIn(host, cell, registry, locations)) };
    },
  );
  replaceFile(file, bytes, { lost: 'the step could not be written' });
  const list = (title: string, items: readonly string[]) =>
    `  ${title.padEnd(9)}${wrap(items.join(', '), screen.out.columns, ' '.repeat(11)).trimStart()}`;
  printJsonOr(context, options, { file, bytes: bytes.length, ...names, metrics }, () =>
    [
      `${fromHere(file, cwd)}: ${cell.label} on ${cell.problem.name}, ${bytes.length} bytes`,
      list('inputs', names.inputs),
      list('outputs', names.outputs),
      list('metrics', metrics),
    ].join('\n'),
  );
  return 0;
}
