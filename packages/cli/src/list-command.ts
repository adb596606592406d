// `bench list`: plugins, problems and profiles, with their hyperparameters.

import { formatQuantity } from '@gaussmark/analysis/words';
import { didYouMean, formatSelection, formatValue, GaussmarkError, PLUGIN_KINDS } from '@gaussmark/core';
import { type ListedPlugin, type Listing, listAll, locationsOf } from '@gaussmark/harness';
import { type Command, Option } from 'commander';
import type { CommandContext } from './context.js';
import { examples } from './help-text.js';
import { addOptions, type PluginOptions, pluginOption } from './options.js';
import { printJsonOr } from './output.js';
import { wrap } from './paragraph.js';
import { findPlugins } from './registry.js';
import type { Sink } from './screen.js';
import { renderTable } from './table.js';

interface ListOptions extends PluginOptions {
  readonly json?: boolean;
}

const TOPICS = ['optimizers', 'models', 'datasets', 'engines', 'problems', 'profiles', 'broken'] as const;
type Topic = (typeof TOPICS)[number];

export function defineList(command: Command, context: CommandContext): void {
  command.argument('[topic]', `one of: ${TOPICS.join(', ')}`);
  addOptions(
    command,
    new Option('--json', 'print everything as JSON, with search spaces and manifests'),
    pluginOption(),
  )
    .addHelpText('after', examples(EXAMPLES))
    .action(async (topic: string | undefined, options: ListOptions) =>
      context.exit(await listCommand(topic, options, context)),
    );
}

const EXAMPLES = [
  ['bench list', 'everything'],
  ['bench list optimizers', 'optimizers and their hyperparameters'],
  ['bench list --json', 'for another program'],
] as const;

async function listCommand(
  topic: string | undefined,
  options: ListOptions,
  context: CommandContext,
): Promise<number> {
  const wanted =
    topic === undefined ? TOPICS : TOPICS.filter((each) => each === topic || each === `${topic}s`);
  if (wanted.length === 0) {
    throw new GaussmarkError(`unknown topic '${topic}'${didYouMean(topic!, TOPICS)}`, {
      expected: `one of ${TOPICS.join(', ')}`,
    });
  }
  const listing = await listAll(await findPlugins(locationsOf(context.cwd, options.plugin)));
  printJsonOr(context, options, listing, () =>
    wanted.flatMap((each) => section(each, listing, context.screen.out)).join('\n\n'),
  );
  return 0;
}

function section(topic: Topic, listing: Listing, sink: Sink): string[] {
  const { bold } = sink.colors;
  switch (topic) {
    case 'problems':
      return [bold('problems'), ...listing.problems.map((problem) => renderProblem(problem, sink))];
    case 'profiles':
      return [bold('profiles'), ...listing.profiles.map((profile) => renderProfile(profile, sink))];
    case 'broken':
      if (listing.broken.length === 0) return [];
      return [
        bold('broken plugins'),
        ...listing.broken.map(({ kind, name, path, reason }) =>
          wrap(`${kind ?? 'plugin'} ${name ?? ''} (${path}): ${reason}`, sink.columns, '  '),
        ),
      ];
    default: {
      const kind = PLUGIN_KINDS.find((each) => `${each}s` === topic)!;
      return [bold(topic), ...listing.plugins[kind].map((plugin) => renderPlugin(plugin, sink))];
    }
  }
}

function renderPlugin(
  { name, version, summary, hyperparameters, presets }: ListedPlugin,
  sink: Sink,
): string {
  const { colors, columns } = sink;
  const head = `  ${colors.cyan(name)} ${colors.dim(version)}\n${wrap(summary, columns, '    ')}`;
  const named = Object.entries(presets).map(([preset, values]) =>
    wrap(`preset=${preset}: ${formatSelection({ name, hyperparameters: values })}`, columns, '    '),
  );
  if (hyperparameters.length === 0) return [head, ...named].join('\n');
  const rows = hyperparameters.map(({ name, default: usual, accepts, description }) => [
    name,
    usual === undefined ? colors.yellow('required') : formatValue(usual),
    `${description} ${colors.dim(`(${accepts})`)}`,
  ]);
  const table = renderTable(
    [{ title: '  hyperparameter' }, { title: 'default' }, { title: 'meaning' }],
    rows.map(([name, ...rest]) => [`  ${name}`, ...rest]),
    sink,
  );
  return [head, table, ...named].join('\n');
}

function renderProblem(
  { name, summary, dataset, model, loss, batchSize, dtype }: Listing['problems'][number],
  sink: Sink,
): string {
  const parts = [dataset, model].map((choice) =>
    formatSelection({ name: choice.name, hyperparameters: choice.hyperparameters ?? {} }),
  );
  const facts = `${parts.join(' + ')}, ${loss}, batch ${batchSize}, ${dtype}`;
  const lines = [
    ...(summary === undefined ? [] : [wrap(summary, sink.columns, '    ')]),
    sink.colors.dim(wrap(facts, sink.columns, '    ')),
  ];
  return `  ${sink.colors.cyan(name)}\n${lines.join('\n')}`;
}

function renderProfile({ name, summary, runs, seeds }: Listing['profiles'][number], sink: Sink): string {
  const problems = [...new Set(runs.flatMap((run) => run.problems))];
  const optimizers = [...new Set(runs.flatMap((run) => run.optimizers))];
  const facts = `${problems.join(', ')} with ${optimizers.join(', ')}; ${seedsWords(runs.map((run) => run.seeds ?? seeds))}`;
  return `  ${sink.colors.cyan(name)}\n${wrap(summary, sink.columns, '    ')}\n${sink.colors.dim(wrap(facts, sink.columns, '    '))}`;
}

/** `8 seeds`, or `3 to 8 seeds` where the runs of a profile differ. */
export function seedsWords(each: readonly Listing['profiles'][number]['seeds'][]): string {
  const counts = each.map((seeds) => (typeof seeds === 'number' ? seeds : seeds.length));
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return `${least === most ? '' : `${least} to `}${formatQuantity(most, 'seed')}`;
}
