// The backend of Slurm, by its command line: sbatch, squeue, scancel, scontrol and sinfo. It needs no accounting (sacct).
//
// Array jobs are found by their names, which the grid chooses before it submits: a submitter that dies within sbatch loses none.

import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { GaussmarkError, replaceFile } from '@gaussmark/core';
import { x } from 'tinyexec';
import type { Backend, BackendContext, TaskState } from '../backend.js';
import type { GridSettings } from '../grid-file.js';
import type { GridTask, Submission } from '../submission.js';
import { formatTimeLimit } from '../time-limit.js';
import {
  type ArrayJob,
  arrayScript,
  resourcesOf,
  sbatchArguments,
  secondsOf,
  threadsOf,
} from './slurm-script.js';

type Settings = Extract<GridSettings, { backend: 'slurm' }>;

/** Files of a node may take this long to appear here. */
const GRACE_SECONDS = 15;
/** A scheduler under load answers late. */
const PATIENCE_MS = 60_000;

export function slurmBackend(context: BackendContext<Settings>): Backend {
  const { folder, manifest, settings } = context;
  const prefix = `gaussmark-${manifest.id.slice(0, 8)}`;
  const arraysFile = (number: number) => folder.file('submissions', `${number}.arrays.json`);
  const arrays = new Map<number, readonly WrittenArray[]>();
  /** The arrays of a submission; none if its submitter died before it called Slurm. */
  const arraysOf = ({ number }: Submission): readonly WrittenArray[] => {
    const known = arrays.get(number);
    if (known !== undefined) return known;
    const file = arraysFile(number);
    if (!existsSync(file)) return [];
    const read = JSON.parse(readFileSync(file, 'utf8')) as readonly WrittenArray[];
    arrays.set(number, read);
    return read;
  };
  const jobsOf = async (tasks: readonly GridTask[], number: number) =>
    arrayJobs(tasks, `${prefix}-${number}`, (await slurmFacts()).maxArraySize, context);

  return {
    graceSeconds: GRACE_SECONDS,
    check: async (tasks) => requirePartitionTime(await jobsOf(tasks, 0)),
    submit: async (submission) => {
      const { number } = submission;
      const logs = folder.file('logs');
      mkdirSync(logs, { recursive: true });
      const jobs = await jobsOf(submission.tasks, number);
      const written = jobs.map(({ name, tasks }): WrittenArray => ({ name, tasks }));
      replaceFile(arraysFile(number), JSON.stringify(written), { lost: 'nothing was submitted' });
      let before: string | undefined;
      for (const job of jobs) {
        const script = folder.file('scripts', `${job.name}.sh`);
        replaceFile(script, arrayScript(job, number, manifest, folder.report), {
          lost: 'the script of a job could not be written',
        });
        const options = sbatchArguments(job, settings, { logs, cwd: manifest.cwd });
        const after = before === undefined ? [] : [`--dependency=afterany:${before}`];
        const answer = await slurm('sbatch', [...options, ...after, script]);
        // `1234`, or `1234;cluster`. The throttle is one array's own, so arrays run one after the other.
        before = answer.trim().split(';')[0];
      }
    },
    states: async (submissions) => {
      const places = new Map(
        submissions.flatMap((submission) =>
          arraysOf(submission).map(
            ({ name, tasks }) => [name, { number: submission.number, tasks }] as const,
          ),
        ),
      );
      const states = new Map<string, TaskState>();
      const reasons = new Map<string, number>();
      const names = [...places.keys()].join(',');
      const output =
        names === ''
          ? ''
          : await slurm('squeue', ['--noheader', '--array', `--name=${names}`, '--format=%j|%K|%T|%r']);
      for (const line of output.split('\n')) {
        const [name = '', element = '', state = '', reason = ''] = line.trim().split('|');
        const place = places.get(name);
        const task = place?.tasks[Number(element)];
        if (place === undefined || task === undefined) continue;
        states.set(`${place.number} ${task}`, stateOf(state));
        if (isTelling(state, reason)) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      }
      return {
        of: ({ submission, task }) => states.get(`${submission} ${task}`) ?? 'gone',
        notes: [...reasons].map(([reason, count]) => `Slurm holds ${count} waiting blocks back: ${reason}`),
      };
    },
    fetch: async () => {},
    cancel: async (submissions) => {
      for (const { name } of submissions.flatMap(arraysOf)) await slurm('scancel', [`--name=${name}`]);
    },
    close: async () => {},
  };
}

/** What the folder keeps of an array. */
type WrittenArray = Pick<ArrayJob, 'name' | 'tasks'>;

/** The arrays of some tasks: of those with equal needs, each no longer than Slurm allows. */
export function arrayJobs(
  tasks: readonly GridTask[],
  prefix: string,
  longest: number,
  { blocks, manifest, settings }: Pick<BackendContext<Settings>, 'blocks' | 'manifest' | 'settings'>,
): ArrayJob[] {
  const classes = new Map<
    string,
    { tasks: number[]; seconds: number; shared: Pick<ArrayJob, 'resources' | 'threads'> }
  >();
  for (const [task, each] of tasks.entries()) {
    const block = blocks[each.block]!;
    const shared = {
      resources: resourcesOf(block, settings),
      threads: threadsOf(block, manifest.plan.engines),
    };
    const seconds = secondsOf(block, each, manifest.plan.problems, settings.startup);
    const key = JSON.stringify(shared);
    const known = classes.get(key) ?? { tasks: [], seconds: 0, shared };
    classes.set(key, known);
    known.tasks.push(task);
    known.seconds = Math.max(known.seconds, seconds);
  }
  const jobs: ArrayJob[] = [];
  for (const { tasks: all, seconds, shared } of classes.values()) {
    for (let start = 0; start < all.length; start += longest) {
      const name = `${prefix}-${jobs.length}`;
      jobs.push({ name, tasks: all.slice(start, start + longest), seconds, ...shared });
    }
  }
  return jobs;
}

const RUNNING: ReadonlySet<string> = new Set([
  'RUNNING',
  'COMPLETING',
  'STOPPED',
  'SUSPENDED',
  'SIGNALING',
  'STAGE_OUT',
]);
const ENDED: ReadonlySet<string> = new Set([
  'BOOT_FAIL',
  'CANCELLED',
  'COMPLETED',
  'DEADLINE',
  'FAILED',
  'NODE_FAIL',
  'OUT_OF_MEMORY',
  'PREEMPTED',
  'REVOKED',
  'TIMEOUT',
]);

/** What a state of Slurm means. One that is not known is of a job that is there, and so waits. */
export function stateOf(state: string): TaskState {
  if (RUNNING.has(state)) return 'running';
  return ENDED.has(state) ? 'gone' : 'pending';
}

/** Reasons of every waiting job. */
const USUAL: ReadonlySet<string> = new Set([
  'None',
  'Priority',
  'Resources',
  'JobArrayTaskLimit',
  'Dependency',
  'BeginTime',
]);
const isTelling = (state: string, reason: string) => stateOf(state) === 'pending' && !USUAL.has(reason);

/** What `bench grid check` shows, and the longest array. */
export async function slurmFacts(): Promise<{ readonly version: string; readonly maxArraySize: number }> {
  const config = await slurm('scontrol', ['show', 'config']);
  const value = (name: string) => new RegExp(`^${name}\\s*=\\s*(.*)$`, 'm').exec(config)?.[1]?.trim();
  // The highest index is one less.
  const maxArraySize = Number(value('MaxArraySize') ?? 1001);
  if (!(maxArraySize >= 2)) {
    throw new GaussmarkError('this Slurm allows no job arrays', {
      expected: 'MaxArraySize of at least 2',
      got: String(value('MaxArraySize')),
      remedy: 'ask its administrator',
    });
  }
  return { version: value('SLURM_VERSION') ?? 'unknown', maxArraySize };
}

/** The partition's own time limit in seconds; null if it has none. @throws GaussmarkError if there is no such partition */
export async function partitionSeconds(partition: string | undefined): Promise<number | null> {
  const args = [
    '--noheader',
    '--format=%P|%l',
    ...(partition === undefined ? [] : [`--partition=${partition}`]),
  ];
  const lines = (await slurm('sinfo', args)).split('\n').filter((line) => line !== '');
  const found = partition === undefined ? lines.find((line) => line.includes('*|')) : lines[0];
  if (found === undefined) {
    if (partition === undefined) return null;
    throw new GaussmarkError(`Slurm has no partition '${partition}'`, { remedy: 'sinfo lists them' });
  }
  return parseTimeLimit(found.split('|')[1]!);
}

/** Seconds of `D-HH:MM:SS`, `HH:MM:SS` or `MM:SS` as sinfo prints them; null for `infinite`. */
export function parseTimeLimit(text: string): number | null {
  const found = /^(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+)$/.exec(text.trim());
  if (found === null) return null;
  const [days, hours, minutes, seconds] = found.slice(1).map((part) => Number(part ?? 0));
  return days! * 86_400 + hours! * 3600 + minutes! * 60 + seconds!;
}

/** @throws GaussmarkError if a partition ends jobs earlier than the grid would */
export async function requirePartitionTime(jobs: readonly ArrayJob[]): Promise<void> {
  for (const partition of new Set(jobs.map(({ resources }) => resources.partition))) {
    const most = await partitionSeconds(partition);
    const seconds = Math.max(
      ...jobs.filter((job) => job.resources.partition === partition).map((job) => job.seconds),
    );
    if (most === null || seconds <= most) continue;
    throw new GaussmarkError(
      `the ${partition ?? 'default'} partition ends jobs before the limits of the runs do`,
      {
        expected: `at most ${formatTimeLimit(most)} for a block`,
        got: formatTimeLimit(seconds),
        remedy: 'give each run a --timeout, or choose another partition',
      },
    );
  }
}

/** Runs a command of Slurm. @throws GaussmarkError if it is not installed or fails, with what it said */
async function slurm(command: string, args: readonly string[]): Promise<string> {
  let result: Awaited<ReturnType<typeof x>>;
  try {
    // Of the user's PATH: with `nodePath`, a program beside node would come first.
    result = await x(command, [...args], { timeout: PATIENCE_MS, throwOnError: false, nodePath: false });
  } catch (cause) {
    throw new GaussmarkError(`${command} cannot be started`, {
      got: (cause as Error).message,
      remedy: 'run this where Slurm is installed, such as a login node',
      cause,
    });
  }
  if (result.exitCode === 0) return result.stdout;
  throw new GaussmarkError(`${command} failed: ${result.stderr.trim() || `exit code ${result.exitCode}`}`, {
    remedy: 'fix that, and repeat the command',
  });
}
