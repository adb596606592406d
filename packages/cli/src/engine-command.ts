// `bench engine`: lists engines, checks their results, installs their native parts.

import { type Command, Option } from 'commander';
import type { CommandContext } from './context.js';
import { type EngineCheckOptions, engineCheckCommand } from './engine-check.js';
import { type EngineInstallOptions, engineInstallCommand } from './engine-install.js';
import { type EngineListOptions, engineListCommand } from './engine-list.js';
import { examples } from './help-text.js';
import { addOptions, jsonOption, pluginOption, quietOption, repeatable } from './options.js';

export function defineEngine(engine: Command, context: CommandContext): void {
  engine.addHelpText('after', HELP);

  const list = engine
    .command('list', { isDefault: true })
    .description('show which engines run here, and how to enable the others');
  addOptions(list, jsonOption('the engines'), pluginOption())
    .addHelpText('after', HELP)
    .action(async (options: EngineListOptions) => context.exit(await engineListCommand(options, context)));

  const check = engine
    .command('check')
    .description('compare every primitive, loop and optimizer step with the float64 reference');
  addOptions(
    check,
    repeatable('--engine <selection>', 'engines', { fallback: 'all that run here' }),
    new Option('--no-steps', "skip the optimizer steps on the paper's problems"),
    new Option('--markdown <file>', 'write the table to a Markdown file'),
    jsonOption('the results'),
    quietOption(),
    pluginOption(),
  )
    .addHelpText('after', HELP)
    .action(async (options: EngineCheckOptions) => context.exit(await engineCheckCommand(options, context)));

  const install = engine
    .command('install')
    .description('download and build a native part of an engine, after confirmation')
    .argument('<name>', "a part listed by 'bench engine list'");
  addOptions(
    install,
    new Option('--gpu', 'install the GPU version'),
    new Option('--yes', 'skip the confirmation'),
    quietOption(),
    pluginOption(),
  )
    .addHelpText('after', HELP)
    .action(async (name: string, options: EngineInstallOptions) =>
      context.exit(await engineInstallCommand(name, options, context)),
    );
}

const EXAMPLES = [
  ['bench engine', 'which engines run here, and how to enable the others'],
  ['bench engine check', 'check the results of all engines (a minute each)'],
  [
    "bench engine check --engine 'onnxruntime[threads=2]' --no-steps",
    'one engine, primitives and loops only',
  ],
  ['bench engine check --markdown docs/engines.md', 'update the table between the markers in a file'],
  ['bench engine install tfjs-node', 'show downloads and sizes, then ask'],
] as const;

const NOTES = `
Each engine is checked in its own process. A case passes if it is within the tolerance of its primitive. Engines may
declare cases unsupported, with a reason; anything else is a failure.

Exit codes:
  0    done
  1    an engine failed a case or crashed, or an installation failed
  2    wrong input
  130  stopped with Ctrl-C`;

const HELP = examples(EXAMPLES, NOTES);
