// Options that `bench snapshot` and `bench compare` share: what to measure, and for how long.

import path from 'node:path';
import { BOUNDS, defined, isPath } from '@gaussmark/core';
import { type Effort, TIERS, type Tier, TRACKING_PROFILE, type TrackingRequest } from '@gaussmark/tracking';
import { InvalidArgumentError, Option } from 'commander';
import {
  type PlanOptions,
  type PluginOptions,
  pluginOption,
  problemOption,
  quietOption,
  repeatable,
  threadsOption,
  valued,
  within,
} from './options.js';

export interface TrackingOptions
  extends PluginOptions,
    Pick<PlanOptions, 'problem' | 'optimizer' | 'engine' | 'threads' | 'steps'> {
  readonly profile: string;
  readonly tier?: Tier;
  readonly coverage: 'default' | 'all' | false;
  readonly rounds: number;
  readonly turn: number;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** Per measure, process and round. */
const DEFAULT_TURN_MS = 10;

export const trackingOptions = (rounds: number, ofRounds: string): Option[] => [
  new Option('--profile <name|file>', 'what to measure').default(TRACKING_PROFILE),
  problemOption("the profile's"),
  repeatable('--optimizer <selection>', 'optimizers', { fallback: "the profile's" }),
  repeatable('--engine <selection>', 'engines', { fallback: "the profile's" }),
  threadsOption(),
  valued('--steps <n>', 'maximum number of steps for deterministic measures', within(BOUNDS.steps)),
  new Option('--tier <tier>', 'only deterministic (hard) or only timed measures (default: both)').choices(
    TIERS,
  ),
  new Option(
    '--coverage <plugins>',
    'whose settings to try besides (all: also of optimizers that are not measured)',
  )
    .choices(['default', 'all'])
    .default('default'),
  new Option('--no-coverage', 'skip the other settings of plugins'),
  valued('--rounds <n>', ofRounds, within(BOUNDS.rounds)).default(rounds),
  valued('--turn <ms>', 'milliseconds per measure and round', within(BOUNDS.turn)).default(DEFAULT_TURN_MS),
  quietOption(),
  pluginOption(),
];

/** Paths are made absolute, so that checkouts elsewhere read the same files. */
export function trackingRequestOf(options: TrackingOptions, cwd: string): TrackingRequest {
  const { profile, problem, optimizer, engine, threads, steps, coverage } = options;
  return {
    profile: isPath(profile) ? path.resolve(cwd, profile) : profile,
    ...defined({ problems: problem, optimizers: optimizer, engines: engine, threads, steps }),
    ...(coverage === 'default' ? {} : { coverage: coverage === 'all' ? coverage : false }),
  };
}

export const effortOf = ({ rounds, turn }: TrackingOptions): Effort => ({ rounds, milliseconds: turn });

export const tiersOf = ({ tier }: TrackingOptions): readonly Tier[] => (tier === undefined ? TIERS : [tier]);

/** Absolute plugin paths. */
export const pluginsOf = ({ plugin = [] }: TrackingOptions, cwd: string): readonly string[] =>
  plugin.map((each) => path.resolve(cwd, each));

/** Parses `3%` or `3`. */
export function percentage(text: string): number {
  const value = Number(/^\s*(\d+(?:\.\d+)?)\s*%?\s*$/.exec(text)?.[1] ?? Number.NaN);
  if (value > 0 && value < 1000) return value / 100;
  throw new InvalidArgumentError('Expected a percentage above 0, such as 3%.');
}
