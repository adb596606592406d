// `bench new`: the folder of a new plugin.

import { withoutHome } from '@gaussmark/core';
import { locationsOf } from '@gaussmark/harness';
import { nextCommands, SCAFFOLD_KINDS, scaffold } from '@gaussmark/scaffold';
import { type Command, Option } from 'commander';
import type { CommandContext } from './context.js';
import { examples } from './help-text.js';
import { addOptions, jsonOption } from './options.js';
import { fromHere, printJsonOr } from './output.js';
import { findPlugins } from './registry.js';

interface NewOptions {
  readonly dir?: string;
  readonly js?: boolean;
  readonly json?: boolean;
}

export function defineNew(command: Command, context: CommandContext): void {
  command
    .argument('<kind>', SCAFFOLD_KINDS.join(', '))
    .argument('<name>', 'lower-case words joined by hyphens: heavy-ball');
  addOptions(
    command,
    new Option('--dir <path>', 'a new or empty folder (default: KIND-NAME)'),
    new Option('--js', 'JavaScript instead of TypeScript'),
    jsonOption('what was written'),
  )
    .addHelpText('after', examples(EXAMPLES, NOTES))
    .action(async (kind: string, name: string, options: NewOptions) =>
      context.exit(await newCommand(kind, name, options, context)),
    );
}

const EXAMPLES = [
  ['bench new optimizer heavy-ball', 'manifest, source, test, README, in ./optimizer-heavy-ball'],
  ['bench new model wide --js', 'in JavaScript'],
  ['bench new dataset moons --dir ../moons', 'in another folder'],
] as const;

const NOTES =
  'The plugin runs and conforms as it is: replace its mathematics, and keep bench check passing. Inside packages/ of a checkout, it becomes a package of the workspace.';

async function newCommand(
  kind: string,
  name: string,
  { dir, js, json }: NewOptions,
  context: CommandContext,
): Promise<number> {
  const { cwd, screen } = context;
  const made = await scaffold({ kind, name, directory: dir, language: js ? 'js' : 'ts', cwd });
  const next = nextCommands(made, cwd);
  const { plugins } = await findPlugins(locationsOf(cwd, []));
  const same = plugins.find((plugin) => plugin.kind === kind && plugin.name === name);
  if (same !== undefined && same.directory !== made.directory)
    screen.err.write(`${kind} '${name}' exists already: with --plugin, yours replaces it\n`);
  const { directory, files } = made;
  printJsonOr(context, { ...(json === undefined ? {} : { json }) }, { ...made, next }, () =>
    [
      `${fromHere(withoutHome(directory), cwd)}: ${files.join(', ')}`,
      '',
      'Next:',
      ...next.map((each) => `  ${screen.out.colors.cyan(each)}`),
    ].join('\n'),
  );
  return 0;
}
