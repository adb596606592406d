// The command line: finds and runs the command, and turns errors into exit codes.

import { readFileSync } from 'node:fs';
import { defined, didYouMean, GaussmarkError, StorageError, shorten } from '@gaussmark/core';
import { Command, CommanderError, type OptionValues } from 'commander';
import { COMMANDS } from './commands.js';
import type { CommandContext } from './context.js';
import { FAILED, UNSTORED, WRONG_INPUT } from './exit-codes.js';
import { examples, fitHelp } from './help-text.js';
import { type Screen, screenOf } from './screen.js';

/** Longest stack trace of an internal error, in characters. */
const LONGEST_STACK = 20_000;

/** Widest help on a wide terminal. */
const HELP_COLUMNS = 110;

/**
 * Runs a command line.
 *
 * @param args the arguments after the command's name
 * @param cwd where relative paths start
 * @returns the exit code: 0 done; 1 a run or check failed; 2 wrong input, nothing ran; 3 results could not be written;
 *   130 stopped by the user
 */
export async function main(
  args: readonly string[],
  cwd: string | undefined = workingDirectory(),
  screen: Screen = screenOf(process),
): Promise<number> {
  let exitCode = 0;
  const fail = (label: string, text: string) => screen.err.write(`${screen.err.colors.red(label)} ${text}\n`);
  try {
    if (cwd === undefined) {
      throw new GaussmarkError('the working directory no longer exists', {
        remedy: 'change into a directory that exists',
      });
    }
    const exit = (code: number) => {
      exitCode = code;
    };
    const program = await commandLine({ cwd, args, screen, exit });
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_INPUT;
    if (error instanceof StorageError || error instanceof GaussmarkError) {
      fail('error:', error.message);
      if (error instanceof StorageError) return UNSTORED;
      return error.summary.startsWith('internal:') ? FAILED : WRONG_INPUT;
    }
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    fail('internal error:', shorten(text, LONGEST_STACK));
    return FAILED;
  }
}

/** `undefined` if it was removed. */
function workingDirectory(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}

/**
 * Parses a command line without running it; tests check every documented command with it.
 *
 * @throws GaussmarkError or CommanderError for an unknown command or option, or a value that an option rejects
 */
export async function readCommandLine(args: readonly string[], cwd: string, screen: Screen): Promise<void> {
  const program = await commandLine({ cwd, args, screen, exit: () => {} });
  const disarm = (command: Command): void => {
    if (command.commands.length === 0) command.action(() => {});
    for (const each of command.commands) disarm(each);
  };
  disarm(program);
  await program.parseAsync([...args], { from: 'user' });
}

/** The program with the command that `args` names; the others are only listed. */
async function commandLine(context: CommandContext): Promise<Command> {
  const { out, err } = context.screen;
  const program = new Command('bench')
    .description('Benchmark neural-network optimizers: each runs as one compiled native program.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .showSuggestionAfterError(true)
    .exitOverride()
    .hook('preAction', (_, command) => requireValues(command, command.opts()))
    .configureOutput({
      writeOut: (text) => out.write(fitHelp(text, Math.min(HELP_COLUMNS, out.columns))),
      writeErr: (text) => err.write(text),
      getOutHelpWidth: () => Math.min(HELP_COLUMNS, out.columns),
      getErrHelpWidth: () => Math.min(HELP_COLUMNS, err.columns),
      outputError: (text, write) => write(text.replace(/^error:/, err.colors.red('error:'))),
    })
    .addHelpText('after', examples(EXAMPLES, "Run 'bench COMMAND --help' for the options of a command."));
  const used = usedCommand(context.args);
  for (const [name, { description, load }] of Object.entries(COMMANDS)) {
    const command = program.command(name, { isDefault: name === DEFAULT_COMMAND }).description(description);
    if (name !== used) continue;
    (await load())(command, context);
    acceptNoColor(command);
  }
  return program;
}

/** The screen reads --no-color before the command does. */
function acceptNoColor(command: Command): void {
  if (command.commands.length === 0) command.option('--no-color', 'disable colours (like NO_COLOR)');
  for (const each of command.commands) acceptNoColor(each);
}

const DEFAULT_COMMAND = 'run';

/**
 * The command that arguments name; undefined for the program's own help and version.
 *
 * @throws GaussmarkError if there is no such command
 */
function usedCommand(args: readonly string[]): string | undefined {
  const [first, second] = args;
  if (first === undefined) return DEFAULT_COMMAND;
  if (['-h', '--help', '-V', '--version'].includes(first)) return undefined;
  if (first.startsWith('-')) return DEFAULT_COMMAND;
  if (first === 'help') return second;
  const names = [...Object.keys(COMMANDS), 'help'];
  if (names.includes(first)) return first;
  throw new GaussmarkError(`unknown command '${first}'${didYouMean(first, names)}`, {
    remedy: "see 'bench --help'; name problems and optimizers with --problem and --optimizer",
  });
}

/**
 * Rejects empty values of options and arguments, which usually come from an unset shell variable.
 *
 * @throws GaussmarkError
 */
function requireValues({ options, processedArgs }: Command, values: OptionValues): void {
  const isBlank = (value: unknown): boolean =>
    Array.isArray(value) ? value.some(isBlank) : typeof value === 'string' && value.trim() === '';
  const blank = options.find((option) => isBlank(values[option.attributeName()]));
  if (blank === undefined && !isBlank(processedArgs)) return;
  throw new GaussmarkError(`${blank?.long ?? 'an argument'} is empty`, {
    ...defined({ expected: blank?.flags }),
    remedy: 'give it a value, or drop it',
  });
}

/** The version of this package, which all packages share. */
function version(): string {
  const file = new URL('../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

const EXAMPLES = [
  ['bench', 'the default benchmark: a few minutes, a leaderboard, a report'],
  ['bench --profile smoke', 'a bit of everything in a few seconds'],
  ['bench list problems', 'the available problems'],
  ['bench doctor', 'check the installation'],
] as const;
