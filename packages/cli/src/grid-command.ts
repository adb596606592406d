// `bench grid`: follows, retries, collects and cancels runs on many machines; `bench run --grid` submits them.

import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatQuantity } from '@gaussmark/analysis/words';
import { BOUNDS, defined, GaussmarkError, parseSeconds } from '@gaussmark/core';
import {
  type Collected,
  checkBackend,
  collectionNotes,
  type Followed,
  follow,
  Grid,
  type GridInput,
  type GridStatus,
  outcomesOf,
  QUEUE_DEFAULTS,
  readGridFile,
  reportOfGrid,
  statusLine,
  statusNotes,
  summaryOf,
  workOn,
  workOnQueue,
} from '@gaussmark/grid';
import { describeEnvironment, locationsOf } from '@gaussmark/harness';
import { type Command, Option } from 'commander';
import type { CommandContext } from './context.js';
import { FAILED, STOPPED } from './exit-codes.js';
import { examples } from './help-text.js';
import { brokenRuns, renderLeaderboards } from './leaderboard-view.js';
import { displayOn } from './live-display.js';
import {
  addOptions,
  jsonOption,
  type PluginOptions,
  pluginOption,
  quantity,
  quietOption,
  type RunOptions,
  retriesOf,
  retryOption,
  valued,
  within,
} from './options.js';
import { fromHere, printJsonOr, printLines, printPlace } from './output.js';
import { distrustNotes, writeAtEnd } from './plan-runner.js';
import { renderOutcome } from './progress-view.js';
import { formatDuration } from './quantities.js';
import { printReport } from './report-output.js';
import { stoppable } from './stopping.js';

type GridOptions = Pick<RunOptions, 'json' | 'quiet' | 'title' | 'retry' | 'detach'> & {
  readonly submission?: number;
  readonly task?: number;
};

type GridAction = (grid: Grid, options: GridOptions, context: CommandContext) => Promise<number>;

const taskNumber = { ...BOUNDS.runs, least: 0 };

export const detachOption = () => new Option('--detach', 'submit to the grid, and return at once');

export function defineGrid(command: Command, context: CommandContext): void {
  command.addHelpText('after', HELP);
  const define = (name: string, description: string, argument: string, options: readonly Option[]) => {
    const sub = command
      .command(name)
      .description(description)
      .argument(argument, argument === '<file>' ? 'a grid file' : 'the --out directory of bench run --grid');
    return addOptions(sub, ...options).addHelpText('after', HELP);
  };
  const onGrid = (name: string, description: string, options: readonly Option[], action: GridAction) =>
    define(name, description, '<dir>', options).action(async (place: string, given: GridOptions) => {
      const grid = await Grid.open(path.resolve(context.cwd, place));
      try {
        context.exit(await action(grid, given, context));
      } finally {
        await grid.close();
      }
    });
  define('check', 'check a grid file and its backend; submits nothing', '<file>', []).action(
    async (file: string) => {
      const settings = await readGridFile(path.resolve(context.cwd, file), file);
      printLines(context.screen.out, await checkBackend(settings));
    },
  );
  onGrid(
    'status',
    'show what has ended, runs, waits or is lost',
    [jsonOption('the status')],
    async (grid, options) => {
      const status = await grid.status();
      printJsonOr(context, options, summaryOf(status), () =>
        [progressLine(status), ...statusNotes(status)].join('\n'),
      );
      return 0;
    },
  );
  onGrid('attach', 'follow a grid to its end, then report', [jsonOption(), quietOption()], followGrid);
  onGrid('collect', 'collect what has ended, and report it', [jsonOption()], async (grid, options) => {
    await grid.fetch();
    const status = await grid.status();
    const collector = grid.collector();
    collector.collect(grid.submissions());
    return finish(grid, { status, collected: collector.total, isEnded: true }, options, context);
  });
  onGrid('cancel', 'end waiting and running blocks; what has ended stays', [], async (grid) => {
    await grid.cancel('cancelled by bench grid cancel');
    context.screen.err.write('cancelled; bench grid collect reports what had ended\n');
    return 0;
  });
  const retryOptions = [retryOption(), detachOption(), jsonOption(), quietOption()];
  onGrid('retry', 'submit again what is missing, then follow', retryOptions, async (grid, options) => {
    const submission = await grid.retry(retriesOf(options));
    const runs = submission?.tasks.reduce((sum, { cells }) => sum + cells.length, 0) ?? 0;
    context.screen.err.write(`${formatQuantity(runs, 'run')} submitted again\n`);
    return options.detach ? 0 : followGrid(grid, options, context);
  });
  const which = [
    valued('--submission <n>', 'the submission', within(taskNumber)).makeOptionMandatory(),
    valued(
      '--task <n>',
      'one task of it (default: all that no other worker has claimed)',
      within(taskNumber),
    ),
  ];
  define('work', 'run blocks of a grid; backends call this', '<dir>', which).action(
    async (place: string, { submission, task }: GridOptions) => {
      const { err } = context.screen;
      await stoppable((signal) =>
        workOn(path.resolve(context.cwd, place), submission!, task, {
          signal,
          note: (id, { status, reason }) =>
            err.write(`task ${id.task}: ${status}${reason === undefined ? '' : `: ${reason}`}\n`),
        }),
      );
    },
  );
}

interface WorkerOptions extends PluginOptions {
  readonly redis: string;
  readonly queue: string;
  readonly prefix: string;
  readonly idle?: number;
}

export function defineWorker(command: Command, context: CommandContext): void {
  addOptions(
    command,
    new Option('--redis <url>', 'address: redis://host:6379, or rediss:// for TLS').makeOptionMandatory(),
    new Option('--queue <name>', 'queue of the grid file').default(QUEUE_DEFAULTS.queue),
    new Option('--prefix <name>', 'prefix of the grid file').default(QUEUE_DEFAULTS.prefix),
    valued('--idle <time>', 'end after so long without a block (default: never)', quantity(parseSeconds)),
    pluginOption(),
  )
    .addHelpText('after', examples(WORKER_EXAMPLES, WORKER_NOTES))
    .action(async ({ redis, queue, prefix, idle, plugin }: WorkerOptions) => {
      const { cwd, screen } = context;
      const locations = locationsOf(cwd, plugin);
      const note = (text: string) => screen.err.write(`${text}\n`);
      await stoppable((signal) =>
        workOnQueue({
          url: redis,
          queue,
          prefix,
          locations,
          signal,
          note,
          ...defined({ idleSeconds: idle }),
        }),
      );
    });
}

const WORKER_EXAMPLES = [
  ['bench worker --redis redis://queue.example:6379', 'take blocks until Ctrl-C'],
  ['bench worker --redis rediss://queue.example:6380 --idle 10min', 'over TLS; end when nothing is left'],
] as const;

const WORKER_NOTES = `
A worker runs only plugins that it has itself, and refuses blocks of other versions: no code travels.
The password of Redis is read from GAUSSMARK_REDIS_PASSWORD.`;

/** Submits a plan, then follows it unless told to detach. */
export async function submitGrid(
  directory: string,
  input: Omit<GridInput, 'executable' | 'cwd' | 'command'>,
  options: RunOptions,
  context: CommandContext,
): Promise<number> {
  const { cwd, args, screen } = context;
  const executable = [process.execPath, fileURLToPath(new URL('../bin/bench.js', import.meta.url))];
  const grid = await Grid.create(directory, { ...input, executable, cwd, command: ['bench', ...args] });
  try {
    const submission = await grid.submit();
    const blocks = submission?.tasks.length ?? 0;
    screen.err.write(
      `${formatQuantity(blocks, 'block')} submitted (${input.settings.backend}); bench grid attach ${fromHere(directory, cwd)} follows them from anywhere\n`,
    );
    return options.detach ? 0 : await followGrid(grid, options, context);
  } finally {
    await grid.close();
  }
}

const followGrid: GridAction = async (grid, options, context) => {
  const { err } = context.screen;
  const display = displayOn(err, options.quiet ?? false);
  const total = grid.manifest.cellCount;
  let ended = 0;
  try {
    const followed = await stoppable((signal) =>
      follow(grid, {
        signal,
        onOutcome: (outcome, status) =>
          display.print(renderOutcome(outcome, ended++, total, status.secondsLeft)),
        onStatus: (status) => display.draw(progressLine(status)),
        note: (text) => display.print(text),
      }),
    );
    display.stop();
    return await finish(grid, followed, options, context);
  } finally {
    display.stop();
  }
};

function progressLine(status: GridStatus): string {
  const { secondsLeft, counts } = status;
  const isGoing = counts.pending + counts.running > 0;
  return `${statusLine(status)}${isGoing && secondsLeft !== null ? `; about ${formatDuration(secondsLeft)} left` : ''}`;
}

/** Writes and prints the report of what has been collected. */
async function finish(
  grid: Grid,
  { status, collected, isEnded }: Followed,
  options: GridOptions,
  context: CommandContext,
): Promise<number> {
  const { args, cwd, screen } = context;
  const outcomes = outcomesOf(grid);
  const { plan } = grid.manifest;
  const here = await describeEnvironment(plan.engines, cwd, 1);
  const report = reportOfGrid(grid, outcomes, here, { command: ['bench', ...args], title: options.title });
  const files = await writeAtEnd(report, grid.folder.report);
  printReport(context, options, report, () => renderLeaderboards(report, screen.out));
  printLines(screen.err, [
    ...distrustNotes(outcomes),
    progressLine(status),
    ...collectionNotes(collected),
    ...statusNotes(status),
    ...(isEnded ? [] : ['the grid goes on: bench grid attach follows it again, bench grid cancel ends it']),
  ]);
  printPlace(context, options, 'report', files.html);
  if (!isEnded) return STOPPED;
  return isClean(status, collected) && brokenRuns(report).length === 0 ? 0 : FAILED;
}

const isClean = ({ counts }: GridStatus, { disagreements }: Collected): boolean =>
  disagreements.length + counts.lost + counts.refused + counts.cancelled === 0;

/** @throws GaussmarkError for options that a grid replaces */
export function requireGridOptions(options: RunOptions): void {
  const replaced = (['jobs', 'shard', 'saveParams'] as const).find((name) => options[name] !== undefined);
  const auto = options.engine?.includes('auto') ? 'engine auto' : undefined;
  if (replaced === undefined && auto === undefined) return;
  throw new GaussmarkError(
    `--${replaced?.replace('saveParams', 'save-params') ?? auto} and --grid exclude each other`,
    {
      remedy:
        "a grid file says how many blocks run at once ('parallel'); name one engine; save models with a local run",
    },
  );
}

const EXAMPLES = [
  ['bench run --profile smoke --grid grid.yml --out all', 'submit, and follow'],
  ['bench grid check grid.yml', 'is the file right, and the backend there?'],
  ['bench grid attach all', 'follow it from anywhere'],
  ['bench grid retry all --retry failed', 'run what is missing or failed'],
] as const;

const NOTES = `
A grid lives in the folder 'grid' of its report. Its submitter may end at any moment. Ctrl-C ends the following, not the grid.

Exit codes:
  0    done
  1    a run failed, is lost, or is not reproducible
  2    wrong input
  3    results could not be written
  130  stopped following with Ctrl-C`;

const HELP = examples(EXAMPLES, NOTES);
