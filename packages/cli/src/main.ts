// The command line: commands, their help, and what becomes of errors.

import { didYouMean, GaussmarkError, StorageError, shorten } from '@gaussmark/core';
import { VERSION } from '@gaussmark/harness';
import { Command, CommanderError } from 'commander';
import type { CommandContext } from './context.js';
import type { DoctorOptions } from './doctor-command.js';
import { FAILED, UNSTORED, WRONG_INPUT } from './exit-codes.js';
import type { ExportOptions } from './export-command.js';
import { fitHelp } from './help-text.js';
import type { ListOptions } from './list-command.js';
import { addPlanOptions, addSharedOptions, demandValues, words } from './options.js';
import type { ReportOptions } from './report-command.js';
import { addRunOptions, type RunOptions } from './run-options.js';
import { type Screen, screenOf } from './screen.js';

/** Characters of an internal error. */
const LONGEST_STACK = 20_000;

/** Adds a command that describes itself. */
type AddCommand = (program: Command, context: CommandContext, exit: (code: number) => void) => void;

/** These are loaded when they are asked for, and all of them for the list of commands: a run begins so much earlier. */
const OWN_MODULES: Readonly<Record<string, () => Promise<AddCommand>>> = {
  merge: async () => (await import('./merge-command.js')).addMergeCommand,
  tune: async () => (await import('./tune-command.js')).addTuneCommand,
  steps: async () => (await import('./steps-command.js')).addStepsCommand,
  data: async () => (await import('./data-command.js')).addDataCommand,
  engine: async () => (await import('./engine-command.js')).addEngineCommand,
  snapshot: async () => (await import('./snapshot-command.js')).addSnapshotCommand,
  compare: async () => (await import('./compare-command.js')).addCompareCommand,
  history: async () => (await import('./history-command.js')).addHistoryCommand,
};

/**
 * Runs a command line.
 *
 * @param args the arguments after the name of the command
 * @param cwd where relative paths start
 * @returns the exit code: 0 done; 1 a run or a check failed; 2 the input is wrong, nothing was run; 3 results could not be
 * written; 130 stopped by the user
 */
export async function main(
  args: readonly string[],
  cwd: string | undefined = workingDirectory(),
  screen: Screen = screenOf(process),
): Promise<number> {
  if (cwd === undefined) {
    screen.err.write(
      `${screen.err.colors.red('error:')} the working directory does not exist any more\n  to fix:   change into a directory that exists\n`,
    );
    return WRONG_INPUT;
  }
  let exitCode = 0;
  const context: CommandContext = { cwd, args, screen };
  const exit = (code: number) => {
    exitCode = code;
  };
  try {
    const program = commandLine(context, exit);
    demandKnownCommand(program, args[0]);
    for (const name of modulesFor(program, args)) (await OWN_MODULES[name]!())(program, context, exit);
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_INPUT;
    const { colors } = screen.err;
    if (error instanceof StorageError) {
      screen.err.write(`${colors.red('error:')} ${error.message}\n`);
      return UNSTORED;
    }
    if (error instanceof GaussmarkError) {
      screen.err.write(`${colors.red('error:')} ${error.message}\n`);
      return error.summary.startsWith('internal:') ? FAILED : WRONG_INPUT;
    }
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    screen.err.write(`${colors.red('internal error:')} ${shorten(text, LONGEST_STACK)}\n`);
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
 * Reads a command line and does nothing: what the tests hold every command of the documentation against.
 *
 * @throws GaussmarkError or CommanderError for an unknown command or option, or a value that an option does not take
 */
export async function readCommandLine(args: readonly string[], cwd: string, screen: Screen): Promise<void> {
  const context: CommandContext = { cwd, args, screen };
  const program = commandLine(context, () => {});
  demandKnownCommand(program, args[0]);
  for (const name of modulesFor(program, args)) (await OWN_MODULES[name]!())(program, context, () => {});
  const disarm = (command: Command): void => {
    if (command.commands.length === 0) command.action(() => {});
    for (const each of command.commands) disarm(each);
  };
  disarm(program);
  await program.parseAsync([...args], { from: 'user' });
}

function demandKnownCommand(program: Command, first: string | undefined): void {
  if (first === undefined || first.startsWith('-')) return;
  const names = [...namesOf(program), ...Object.keys(OWN_MODULES), 'help'];
  if (names.includes(first)) return;
  throw new GaussmarkError(`unknown command '${first}'${didYouMean(first, names)}`, {
    remedy: "see 'bench --help'; problems and optimizers are given as --problem and --optimizer",
  });
}

const namesOf = (program: Command) => program.commands.map((command) => command.name());

/** The commands to be loaded: the one that is asked for, or all where they are listed. */
function modulesFor(program: Command, args: readonly string[]): readonly string[] {
  const [first = ''] = args;
  if (first in OWN_MODULES) return [first];
  const isListed = first === 'help' || (!namesOf(program).includes(first) && args.some(isHelp));
  return isListed ? Object.keys(OWN_MODULES) : [];
}

const isHelp = (argument: string) => argument === '-h' || argument === '--help';

function commandLine(context: CommandContext, exit: (code: number) => void): Command {
  const { out, err } = context.screen;
  const program = new Command('bench')
    .description(
      'Benchmarks neural-network optimizers: stochastic Gauss-Newton against SGD, at native speed.',
    )
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain a command')
    .helpCommand('help [command]', 'explain a command')
    .showSuggestionAfterError(true)
    .exitOverride()
    .hook('preAction', (_, command) => demandValues(command, command.opts()))
    .configureOutput({
      writeOut: (text) => out.write(out.isTerminal ? fitHelp(text, out.columns) : text),
      writeErr: (text) => err.write(text),
      getOutHelpWidth: () => Math.min(110, out.columns),
      getErrHelpWidth: () => Math.min(110, err.columns),
      outputError: (text, write) => write(text.replace(/^error:/, err.colors.red('error:'))),
    })
    .addHelpText(
      'after',
      examples(MAIN_EXAMPLES, 'Without a command, `run`. Each command has its own help: bench run --help'),
    );

  const run = program.command('run', { isDefault: true }).description('run a benchmark and write its report');
  addRunOptions(addPlanOptions(run));
  addSharedOptions(run)
    .addHelpText('after', examples(RUN_EXAMPLES, RUN_NOTES))
    .action(async (options: RunOptions) =>
      exit(await (await import('./run-command.js')).runCommand(options, context)),
    );

  const list = program
    .command('list')
    .description('list optimizers, models, datasets, engines, problems and profiles')
    .argument('[what]', 'one of them')
    .option('--json', 'as JSON, with search spaces and manifests');
  addSharedOptions(list)
    .addHelpText('after', examples(LIST_EXAMPLES))
    .action(async (what: string | undefined, options: ListOptions) =>
      exit(await (await import('./list-command.js')).listCommand(what, options, context)),
    );

  const doctor = program
    .command('doctor')
    .description('check that everything a benchmark needs is there')
    .option('--json', 'as JSON');
  addSharedOptions(doctor)
    .addHelpText('after', examples(DOCTOR_EXAMPLES, 'Exit code 1 if a check fails.'))
    .action(async (options: DoctorOptions) =>
      exit(await (await import('./doctor-command.js')).doctorCommand(options, context)),
    );

  const report = program
    .command('report')
    .description('render finished reports again, or merge them into one')
    .argument('<reports...>', 'report.json files, or the directories that hold them')
    .option('--out <dir>', 'where the report goes (default: where a single one is, else reports/merged)')
    .option('--title <text>', 'heading of the report', words)
    .option('--svg <dir>', 'draw the main charts as SVG pictures, for light and dark pages, into a directory')
    .option('--csv <file>', 'write the curves as CSV: a row for every point of every run')
    .option('--json', 'print the report document on stdout, and nothing else there');
  addSharedOptions(report)
    .addHelpText('after', examples(REPORT_EXAMPLES))
    .action(async (places: string[], options: ReportOptions) =>
      exit(await (await import('./report-command.js')).reportCommand(places, options, context)),
    );

  const save = program.command('export').description("write an optimizer's step as an .onnx file");
  addPlanOptions(save)
    .requiredOption('--out <file>', 'the file')
    .option('--json', 'print names of inputs and outputs as JSON');
  addSharedOptions(save)
    .addHelpText('after', examples(EXPORT_EXAMPLES, EXPORT_NOTES))
    .action(async (options: ExportOptions) =>
      exit(await (await import('./export-command.js')).exportCommand(options, context)),
    );

  return program;
}

function examples(lines: readonly (readonly [command: string, what: string])[], notes?: string): string {
  const longest = Math.max(...lines.map(([command]) => command.length));
  const oneLine = longest <= 60;
  const shown = lines.map(([command, what]) =>
    oneLine ? `  ${command.padEnd(longest)}  ${what}` : `  # ${what}\n  ${command}`,
  );
  return `\nExamples:\n${shown.join('\n')}${notes === undefined ? '' : `\n\n${notes}`}`;
}

const MAIN_EXAMPLES = [
  ['bench', 'the default benchmark: a few minutes, a leaderboard, a report'],
  ['bench --profile smoke', 'a few seconds of everything'],
  ['bench list problems', 'what can be run'],
  ['bench doctor', 'is everything there?'],
] as const;

const RUN_EXAMPLES = [
  [
    "bench run --problem mnist --optimizer 'sgn[cgIterations=3,5,10]' --optimizer 'sgd[learningRate=0.1,1]' --epochs 10 --seeds 5",
    'five optimizers on mnist, five seeds each',
  ],
  [
    "bench run --problem 'mnist[batchSize=100,model=mlp[hidden=[64]]]' --seconds 20",
    'another batch size and network, 20 seconds each',
  ],
  [
    "bench run --problem 'csv[path=houses.csv,task=regression,target=price]+mlp[hidden=[64,64]]' --batch-size 64",
    'data and a network of your own',
  ],
  [
    'bench run --plugin ./my-optimizer --optimizer my-optimizer,sgn --problem sine10',
    'an optimizer of your own against sgn',
  ],
  ['bench run --problem boston --json --quiet > report.json', 'the report for another program'],
] as const;

const RUN_NOTES = `A selection is a name, or a name with hyperparameters in brackets: 'sgd[learningRate=0.1,1,momentum=0.9]'.
Several values of a hyperparameter are all tried, in every combination. Quote it for the shell.
What is left out comes from the profile; problems given here run under their own budgets unless you set one.

Every run is stored beside the report as it ends. The same command again goes on from there: it makes what is missing, and
again what other settings, data or code have changed, and says so.

Exit codes: 0 done (a run that diverged is a result); 1 a run failed; 2 the input is wrong, nothing was run; 3 results
could not be written (a full disk; what was stored before is whole); 130 stopped with Ctrl-C (what had ended is stored and
reported).`;

const LIST_EXAMPLES = [
  ['bench list', 'everything'],
  ['bench list optimizers', 'optimizers and their hyperparameters'],
  ['bench list --json', 'for another program'],
] as const;

const DOCTOR_EXAMPLES = [
  ['bench doctor', 'Node, plugins, engines, data, reports'],
  ['bench doctor --plugin ./my-optimizer', 'with a plugin of your own'],
] as const;

const REPORT_EXAMPLES = [
  ['bench report reports/latest', 'render it again, with this version'],
  ['bench report monday tuesday --out both', 'one report of two'],
  [
    'bench report reports/latest --svg docs/images --csv curves.csv',
    'pictures for a README, curves for a notebook',
  ],
] as const;

const EXPORT_EXAMPLES = [
  [
    "bench export --problem mnist --optimizer 'sgn[cgIterations=5]' --out step.onnx",
    'one step of SGN: parameters, state and a mini-batch in, parameters, state and metrics out',
  ],
] as const;

const EXPORT_NOTES = `Inputs: params.*, state.*, inputs (M, ...), targets (M, ...) of one full mini-batch.
Outputs: next.params.*, next.state.*, metrics (one vector; its names are printed).`;
