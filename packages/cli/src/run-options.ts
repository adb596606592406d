// The options that say how a plan is run and what becomes of its results: those of `bench run`, many of `bench tune` too.

import { BOUNDS, GaussmarkError, parseBytes, parseSeconds } from '@gaussmark/core';
import { RETRYABLE, type Retryable } from '@gaussmark/harness';
import type { Command } from 'commander';
import { addTargetOptions, type PlanOptions, quantity, within, words } from './options.js';

export interface RunOptions extends PlanOptions {
  readonly out?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly dryRun?: boolean;
  readonly title?: string;
  readonly jobs?: number;
  readonly fresh?: boolean;
  readonly retry?: string;
}

export function addRunOptions(command: Command): Command {
  addTargetOptions(command).option('--stop-at-target', 'end each run where it reaches its target');
  addLimitOptions(command)
    .option('--shard <i/n>', 'only the i-th of n parts of the plan; bench merge joins them')
    .option(
      '--jobs <n>',
      'runs at once (default: 1); with more, timings are not comparable',
      within(BOUNDS.jobs),
    )
    .option('--out <dir>', 'where the report and the records of its runs go (default: reports/latest)');
  return addOutcomeOptions(command);
}

/** What a run may take. */
export function addLimitOptions(command: Command): Command {
  return command
    .option(
      '--timeout <time>',
      'end a run that takes longer on the clock: 90s, 10min, 2h',
      quantity(parseSeconds),
    )
    .option('--memory <size>', 'end a run that takes more memory: 500MB, 2GiB', quantity(parseBytes));
}

/** What becomes of stored runs, and of results. */
export function addOutcomeOptions(command: Command): Command {
  return command
    .option('--retry <statuses>', `repeat stored runs that ended so: ${RETRYABLE.join(',')}`)
    .option('--fresh', 'put the stored runs aside and rerun everything')
    .option('--title <text>', 'heading of the report', words)
    .option('--json', 'print the report document on stdout, and nothing else there')
    .option('--dry-run', 'check everything and show what would run, and about how long')
    .option('--quiet', 'no progress');
}

/** @throws GaussmarkError if it names something that is no such end, or stands beside --fresh. */
export function retriesOf({ retry, fresh }: Pick<RunOptions, 'retry' | 'fresh'>): readonly Retryable[] {
  if (retry === undefined) return [];
  if (fresh) {
    throw new GaussmarkError('--retry and --fresh contradict each other', {
      remedy: 'leave --retry out: --fresh reruns everything',
    });
  }
  return retry.split(',').map((text) => {
    const status = RETRYABLE.find((each) => each === text.trim());
    if (status !== undefined) return status;
    throw new GaussmarkError(`cannot retry runs that ended as '${text}'`, {
      expected: `some of ${RETRYABLE.join(', ')}, joined by commas`,
      got: text,
    });
  });
}
