// What Slurm is told: the options of sbatch for a block, and the script that starts its worker.

import { GaussmarkError } from '@gaussmark/core';
import { limitsOf, type Plan } from '@gaussmark/harness';
import type { SlurmResources, SlurmSettings } from '../grid-file.js';
import type { GridBlock, Manifest } from '../manifest.js';
import type { GridTask } from '../submission.js';
import { formatTimeLimit } from '../time-limit.js';

/** Allowed for the process of each run, on top of its limit. */
const SECONDS_PER_RUN = 10;

/** What a block asks for: the settings, and what any of its optimizers needs. */
export function resourcesOf(block: GridBlock, settings: SlurmSettings): SlurmResources {
  const { account, partition, qos, constraint, reservation, gres, cpus, memory, exclusive } = settings;
  const merged: Record<string, unknown> = {
    account,
    partition,
    qos,
    constraint,
    reservation,
    gres,
    cpus,
    memory,
    exclusive,
  };
  const from = new Map<string, string>();
  for (const name of new Set(block.cells.map(({ cell }) => cell.optimizer.name))) {
    for (const [key, value] of Object.entries(settings.optimizers[name] ?? {})) {
      const other = from.get(key);
      if (other !== undefined && merged[key] !== value) {
        throw new GaussmarkError(
          `${other} and ${name} need different values of '${key}', and run in one block`,
          {
            expected: `one ${key} for the optimizers of ${block.problem}`,
            got: `${JSON.stringify(merged[key])} and ${JSON.stringify(value)}`,
            remedy: 'give both the same, or submit them as two grids',
          },
        );
      }
      from.set(key, name);
      merged[key] = value;
    }
  }
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
}

/**
 * Seconds that Slurm gives a task: the sum of its runs' own limits and start-up, so that the limits of the runs act first.
 *
 * @param cells the runs of the task
 */
export function secondsOf(
  block: GridBlock,
  { cells }: GridTask,
  problems: Plan['problems'],
  startup: number,
): number {
  const { stepsPerEpoch } = problems.find(({ name }) => name === block.problem)!;
  const own = block.cells.filter(({ index }) => cells.includes(index));
  return Math.ceil(
    own.reduce((sum, { cell }) => sum + limitsOf(cell, stepsPerEpoch, 1).seconds + SECONDS_PER_RUN, startup),
  );
}

/** Threads of the engines of a block: the processors that it needs. */
export function threadsOf({ cells }: GridBlock, engines: Plan['engines']): number {
  const threads = cells.map(({ cell }) => Number(engines[cell.engineLabel]?.threads ?? 1));
  return Math.max(1, ...threads);
}

export interface ArrayJob {
  /** Names the array for squeue and scancel, whoever submitted it. */
  readonly name: string;
  /** Indices of its tasks in the submission; the array counts from 0. */
  readonly tasks: readonly number[];
  readonly resources: SlurmResources;
  readonly threads: number;
  readonly seconds: number;
}

/** The arguments of sbatch, without the script. Each is one argument, so blanks and quotes in paths do not matter. */
export function sbatchArguments(
  { name, tasks, resources, threads, seconds }: ArrayJob,
  { parallel, requeue }: SlurmSettings & { readonly parallel: number },
  { logs, cwd }: { readonly logs: string; readonly cwd: string },
): string[] {
  const { account, partition, qos, constraint, reservation, gres, cpus, memory, exclusive } = resources;
  const texts = { account, partition, qos, constraint, reservation, gres };
  return [
    '--parsable',
    `--job-name=${name}`,
    `--array=0-${tasks.length - 1}%${parallel}`,
    '--nodes=1',
    '--ntasks=1',
    `--cpus-per-task=${cpus ?? threads}`,
    `--time=${formatTimeLimit(seconds)}`,
    // %% is a percent sign; a requeued task continues its log.
    `--output=${logs.replaceAll('%', '%%')}/${name}-%a.log`,
    '--open-mode=append',
    `--chdir=${cwd}`,
    requeue ? '--requeue' : '--no-requeue',
    ...(memory === undefined ? [] : [`--mem=${Math.ceil(memory / 2 ** 20)}M`]),
    ...(exclusive ? ['--exclusive'] : []),
    ...Object.entries(texts).flatMap(([key, value]) => (value === undefined ? [] : [`--${key}=${value}`])),
  ];
}

/** The script of an array: the setup lines as written, then the worker of the task. */
export function arrayScript(
  { tasks }: ArrayJob,
  submission: number,
  { executable, settings }: Manifest,
  report: string,
): string {
  const { setup } = settings as SlurmSettings;
  const command = [...executable, 'grid', 'work', report, '--submission', String(submission), '--task'];
  return [
    '#!/bin/bash',
    ...setup,
    `tasks=(${tasks.join(' ')})`,
    `exec ${command.map(quoted).join(' ')} "\${tasks[$SLURM_ARRAY_TASK_ID]}"`,
    '',
  ].join('\n');
}

/** A word of the shell, whatever it holds. */
export const quoted = (text: string): string =>
  /^[A-Za-z0-9_./=:@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
