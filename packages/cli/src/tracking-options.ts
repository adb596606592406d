// Options that `bench snapshot` and `bench compare` share: what is measured, and how long.

import path from 'node:path';
import { BOUNDS, defined, isPath } from '@gaussmark/core';
import { type Effort, TIERS, type Tier, TRACKING_PROFILE, type TrackingRequest } from '@gaussmark/tracking';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { addSharedOptions, collect, type PlanOptions, type SharedOptions, within } from './options.js';

export interface TrackingOptions
  extends SharedOptions,
    Pick<PlanOptions, 'problem' | 'optimizer' | 'engine' | 'threads' | 'steps'> {
  readonly profile: string;
  readonly tier?: Tier;
  readonly coverage: boolean;
  readonly rounds: number;
  readonly turn: number;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** Of a subject, by each process, in a round. */
const DEFAULT_TURN_MS = 10;

export function addTrackingOptions(command: Command, rounds: number, ofRounds: string): Command {
  return addSharedOptions(
    command
      .addOption(new Option('--profile <name|file>', 'what is measured').default(TRACKING_PROFILE))
      .option('--problem <problem>', "problems, in place of the profile's (may be repeated)", collect)
      .option('--optimizer <selection>', "optimizers, in place of the profile's (may be repeated)", collect)
      .option('--engine <selection>', "engines, in place of the profile's (may be repeated)", collect)
      .option('--threads <n>', 'threads of the engine', within(BOUNDS.threads))
      .option(
        '--steps <n>',
        "most steps for the numbers without noise, in place of the profile's",
        within(BOUNDS.steps),
      )
      .addOption(
        new Option('--tier <tier>', 'only numbers without noise, or only times (default: both)').choices(
          TIERS,
        ),
      )
      .option(
        '--no-coverage',
        'do not try the settings of plugins: the numbers see only what the profile sets (default: all, of every plugin)',
      )
      .addOption(new Option('--rounds <n>', ofRounds).argParser(within(BOUNDS.rounds)).default(rounds))
      .addOption(
        new Option('--turn <ms>', 'milliseconds that everything is run for in a round')
          .argParser(within(BOUNDS.turn))
          .default(DEFAULT_TURN_MS),
      )
      .option('--quiet', 'no progress'),
  );
}

/** A profile's file is named in full: a checkout elsewhere reads the same one. */
export function trackingRequestOf(options: TrackingOptions, cwd: string): TrackingRequest {
  const { profile, problem, optimizer, engine, threads, steps, coverage } = options;
  return {
    profile: isPath(profile) ? path.resolve(cwd, profile) : profile,
    ...defined({ problems: problem, optimizers: optimizer, engines: engine, threads, steps }),
    ...(coverage ? {} : { coverage }),
  };
}

export const effortOf = ({ rounds, turn }: TrackingOptions): Effort => ({ rounds, milliseconds: turn });

export const tiersOf = ({ tier }: TrackingOptions): readonly Tier[] => (tier === undefined ? TIERS : [tier]);

/** Plugins by path, in full. */
export const pluginsOf = ({ plugin = [] }: TrackingOptions, cwd: string): readonly string[] =>
  plugin.map((each) => path.resolve(cwd, each));

/** `3%` or `3`: percent. */
export function percentage(text: string): number {
  const value = Number(/^\s*(\d+(?:\.\d+)?)\s*%?\s*$/.exec(text)?.[1] ?? Number.NaN);
  if (value > 0 && value < 1000) return value / 100;
  throw new InvalidArgumentError('Expected a percentage above 0, such as 3%.');
}
