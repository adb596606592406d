// `bench engine`: which engines there are, whether they compute the right values, and the native parts they can install.

import type { Command } from 'commander';
import type { CommandContext } from './context.js';
import { type EngineCheckOptions, engineCheckCommand } from './engine-check.js';
import { type EngineInstallOptions, engineInstallCommand } from './engine-install.js';
import { type EngineListOptions, engineListCommand } from './engine-list.js';
import { addSharedOptions, collect } from './options.js';

/** Adds `bench engine` and what it can do. */
export function addEngineCommand(
  program: Command,
  context: CommandContext,
  exit: (code: number) => void,
): void {
  const engine = program
    .command('engine')
    .description('list engines, check them against the reference, install native parts')
    .addHelpText('after', HELP);

  const list = engine
    .command('list', { isDefault: true })
    .description('engines and their back ends: what can run here, and what would make the rest run')
    .option('--json', 'as JSON on stdout, and nothing else there');
  addSharedOptions(list)
    .addHelpText('after', HELP)
    .action(async (options: EngineListOptions) => exit(await engineListCommand(options, context)));

  const check = engine
    .command('check')
    .description('run every primitive, loop and optimizer step, and compare with the float64 reference')
    .option('--engine <selection>', 'engines (may be repeated; default: all that can run here)', collect)
    .option('--no-steps', "primitives and control flow alone, without steps of the paper's problems")
    .option('--markdown <file>', 'write the table into a page')
    .option('--json', 'as JSON on stdout, and nothing else there')
    .option('--quiet', 'no progress');
  addSharedOptions(check)
    .addHelpText('after', HELP)
    .action(async (options: EngineCheckOptions) => exit(await engineCheckCommand(options, context)));

  const install = engine
    .command('install')
    .description('download and build a native part of an engine, after saying what that takes')
    .argument('<name>', "the part, as 'bench engine list' names it")
    .option('--gpu', 'the one for a GPU')
    .option('--yes', 'do not ask')
    .option('--quiet', 'no progress');
  addSharedOptions(install)
    .addHelpText('after', HELP)
    .action(async (name: string, options: EngineInstallOptions) =>
      exit(await engineInstallCommand(name, options, context)),
    );
}

const HELP = `
Examples:
  bench engine                                     what can run here, and what would make the rest run
  bench engine check                               are their results right? (a minute an engine)
  bench engine check --engine 'onnxruntime[threads=2]' --no-steps
  bench engine check --markdown docs/engines.md    renew the table between the page's marks
  bench engine install tfjs-node                   what it downloads, how much, where to; then asks

A check runs each engine in a process of its own. A case passes within the tolerance of its primitive, or is declared
unsupported by the engine with a reason; anything else is a failure.

Exit codes: 0 done; 1 an engine failed a case or did not come to the end, or an installation failed; 2 the command line is
wrong; 130 stopped with Ctrl-C.`;
