// `bench trace`: the program of an optimizer's step, as text, with its cost.

import { formatBytes, formatCount, formatPercent } from '@gaussmark/analysis/words';
import type { Cost } from '@gaussmark/autodiff';
import type { Cell } from '@gaussmark/cell';
import { type TracedOptimizer, traceIn } from '@gaussmark/steps';
import type { Command } from 'commander';
import type { CommandContext } from './context.js';
import { examples } from './help-text.js';
import {
  addOptions,
  choiceOptions,
  jsonOption,
  type PlanOptions,
  pluginOption,
  requestOf,
  verboseOption,
} from './options.js';
import { printJsonOr } from './output.js';
import { onlyCell, withPlanner } from './planning.js';

interface TraceOptions extends PlanOptions {
  readonly json?: boolean;
}

export function defineTrace(command: Command, context: CommandContext): void {
  addOptions(
    command,
    ...tracedOptions(),
    jsonOption('the program, its outputs and its cost'),
    pluginOption(),
    verboseOption(),
  )
    .addHelpText('after', examples(EXAMPLES, NOTES))
    .action(async (options: TraceOptions) => context.exit(await traceCommand(options, context)));
}

/** What the program depends on: not the seed, nor the engine. */
const tracedOptions = () =>
  choiceOptions().filter(({ long }) => !['--engine', '--seeds', '--threads'].includes(long ?? ''));

const EXAMPLES = [
  ['bench trace --problem boston --optimizer sgd', "the program of SGD's step on one mini-batch"],
  [
    'bench trace --plugin ./my-optimizer --problem boston --optimizer my-optimizer --json',
    'the same for your plugin, for other programs to read',
  ],
] as const;

const NOTES = `
A line is one operation: its results with their types, its name, its parameters, its operands.
Costs are counted in the program, before the engine fuses operations.`;

/** Prints a program. @throws GaussmarkError for wrong input, or if the options select several steps */
async function traceCommand(options: TraceOptions, context: CommandContext): Promise<number> {
  const { cell, traced } = await withPlanner(
    'the trace',
    options,
    context,
    async ({ host, registry, locations, planner }) => {
      const cell = onlyCell(await planner({ ...requestOf(options), seeds: [1] }), 'a trace shows one');
      return { cell, traced: await traceIn(host, cell, registry, locations) };
    },
  );
  const { label, problem } = cell;
  printJsonOr(context, options, { optimizer: label, problem: problem.name, ...traced }, () =>
    traceText(cell, traced),
  );
  return 0;
}

const MOST_PRIMITIVES = 5;

function traceText({ label, problem }: Cell, traced: TracedOptimizer): string {
  const { batchSize, parameters, text, initText, outputs, equations, cost, primitives, sites } = traced;
  const total = primitives.reduce((sum, { flops }) => sum + flops, 0);
  const shares = primitives
    .slice(0, MOST_PRIMITIVES)
    .map(({ primitive, count, flops }) => `${primitive} ${formatPercent(flops / total)} % (${count}x)`);
  return [
    `${label} on ${problem.name}: a step on ${formatCount(batchSize)} examples, ${formatCount(equations)} operations`,
    '',
    'parameters:',
    ...parameters.map(({ path, shape, role }) => `  ${path}: ${role} [${shape.join(', ')}]`),
    ...(initText === '' ? [] : ['', 'init:', initText]),
    '',
    'step:',
    text,
    '',
    `returns:  ${outputs.join(', ')}`,
    `cost:     ${costText(cost)}`,
    ...sites.map(({ kind, name, ...each }) =>
      kind === 'loop'
        ? `          ${costText(each)} for each iteration of ${name}`
        : `          ${costText(each)} if a branch is taken`,
    ),
    ...(shares.length === 0 ? [] : [`spent on: ${shares.join(', ')}`]),
  ].join('\n');
}

function costText({ flops, bytes }: Cost): string {
  return `${formatCount(flops)} floating-point operations, ${formatBytes(bytes)} moved`;
}
