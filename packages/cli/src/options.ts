// The options that several commands share, and how their values are parsed.

import type { FloatDType } from '@gaussmark/autodiff';
import {
  BOUNDS,
  type Bound,
  defined,
  FLOAT_DTYPES,
  GaussmarkError,
  type Interval,
  parseBytes,
  parseGoals,
  parseInterval,
  parseSeconds,
  parseSeeds,
  parseShard,
  parseWithin,
} from '@gaussmark/core';
import { type PlanRequest, RETRYABLE, type Retryable } from '@gaussmark/harness';
import { type Command, InvalidArgumentError, Option } from 'commander';

export interface PluginOptions {
  readonly plugin?: readonly string[];
  readonly verbose?: boolean;
}

/** Options that say what runs. */
export interface PlanOptions extends PluginOptions {
  readonly profile?: string;
  readonly problem?: readonly string[];
  readonly optimizer?: readonly string[];
  readonly engine?: readonly string[];
  readonly epochs?: number;
  readonly steps?: number;
  readonly seconds?: number;
  readonly seeds?: string;
  readonly dtype?: FloatDType;
  readonly batchSize?: number;
  readonly threads?: number;
  readonly gradientEquivalents?: number;
  readonly timeout?: number;
  readonly memory?: number;
  readonly target?: readonly string[];
  readonly stopAtTarget?: boolean;
  readonly evaluateEvery?: Interval;
  readonly shard?: string;
}

/** Options that say how a plan runs and what becomes of its results. */
export interface RunOptions extends PlanOptions {
  readonly out?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly dryRun?: boolean;
  readonly title?: string;
  readonly jobs?: number;
  readonly fresh?: boolean;
  readonly retry?: string;
  readonly saveParams?: boolean;
  readonly grid?: string;
  readonly detach?: boolean;
}

/** An option whose value `parse` reads. */
export const valued = (flags: string, description: string, parse: (text: string) => unknown): Option =>
  new Option(flags, description).argParser(parse);

/** An option that may be given several times; given values replace the initial ones. */
export function repeatable(
  flags: string,
  description: string,
  { initial, fallback }: { readonly initial?: readonly string[]; readonly fallback?: string } = {},
): Option {
  const note = fallback === undefined ? 'repeatable' : `repeatable; default: ${fallback}`;
  const option = new Option(flags, `${description} (${note})`).argParser(
    (value: string, previous: readonly string[] | undefined) =>
      previous === undefined || previous === initial ? [value] : [...previous, value],
  );
  return initial === undefined ? option : option.default(initial, initial.join(', '));
}

export function addOptions(command: Command, ...options: readonly Option[]): Command {
  for (const option of options) command.addOption(option);
  return command;
}

/** A parser of numbers within a bound. */
export const within = (bound: Bound) => quantity((text) => parseWithin(text, bound));

/** Parses a title or a reason. */
export function words(text: string): string {
  if (text.length <= BOUNDS.text.most) return text;
  throw new InvalidArgumentError(`Expected at most ${BOUNDS.text.most} characters, got ${text.length}.`);
}

/** Turns the errors of a parser into commander's, which name the option. */
export function quantity<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof GaussmarkError)) throw error;
      throw new InvalidArgumentError(`Expected ${error.expected}.`);
    }
  };
}

export const pluginOption = () => repeatable('--plugin <path>', 'use a plugin from a folder or manifest');
export const verboseOption = () => new Option('--verbose', 'show everything that plugins print');
export const problemOption = (fallback?: string) =>
  repeatable('--problem <problem>', 'problems, separated by commas', defined({ fallback }));
export const threadsOption = () =>
  valued('--threads <n>', 'number of engine threads', within(BOUNDS.threads));
export const dtypeOption = () =>
  new Option('--dtype <dtype>', 'floating-point type, for every problem').choices(FLOAT_DTYPES);
export const titleOption = () => valued('--title <text>', 'title of the report', words);
export const jsonOption = (what = 'the report') =>
  new Option('--json', `print only ${what}, as JSON, on stdout`);
export const quietOption = () => new Option('--quiet', 'hide progress');

/** What runs, without a profile. */
export const choiceOptions = (): Option[] => [
  problemOption(),
  repeatable('--optimizer <selection>', 'optimizers; lists of values are all tried'),
  repeatable('--engine <selection>', 'engines'),
  valued('--epochs <n>', 'stop after n passes through the training data', within(BOUNDS.epochs)),
  valued('--steps <n>', 'stop after n optimizer steps', within(BOUNDS.steps)),
  valued('--seconds <s>', 'stop after s seconds of training', within(BOUNDS.seconds)),
  valued(
    '--gradient-equivalents <n>',
    'stop after the work of n mini-batch gradients',
    within(BOUNDS.gradientEquivalents),
  ),
  new Option('--seeds <count|list>', "a count (3: seeds 1, 2, 3) or a list ('7,9'; '7,' is one seed)"),
  valued('--batch-size <n>', 'mini-batch size, for every problem', within(BOUNDS.batchSize)),
  dtypeOption(),
  threadsOption(),
];

/** What runs: a profile, or parts of it replaced. */
export const planOptions = (): Option[] => [
  new Option(
    '--profile <name|file>',
    'profile to start from; the options below override it (default: default)',
  ),
  ...choiceOptions(),
];

/** When runs are evaluated, and their target. */
export const targetOptions = (): Option[] => [
  repeatable('--target <goals>', 'target to reach: testLoss=0.02, testAccuracy=0.97, trainLoss=0.1'),
  valued(
    '--evaluate-every <interval>',
    "evaluate every '50 steps' or '2 epochs' (default: every epoch)",
    quantity(parseInterval),
  ),
];

/** The limits of a run, and how many run at once. */
export const limitOptions = (): Option[] => [
  valued('--timeout <time>', 'wall-clock limit of a run: 90s, 10min, 2h', quantity(parseSeconds)),
  valued('--memory <size>', 'memory limit of a run: 500MB, 2GiB', quantity(parseBytes)),
  valued('--jobs <n>', 'runs at once (default: 1); above 1, timings are not comparable', within(BOUNDS.jobs)),
];

export const retryOption = () =>
  new Option('--retry <statuses>', `rerun stored runs with these statuses: ${RETRYABLE.join(',')}`);

/** What becomes of stored runs, and of results. */
export const outcomeOptions = (): Option[] => [
  retryOption(),
  new Option('--fresh', 'set stored runs aside and rerun everything'),
  titleOption(),
  jsonOption(),
  new Option('--dry-run', 'check everything, then show what would run and for how long'),
  quietOption(),
  verboseOption(),
];

/** @throws GaussmarkError for an unknown status, or together with --fresh */
export function retriesOf({ retry, fresh }: Pick<RunOptions, 'retry' | 'fresh'>): readonly Retryable[] {
  if (retry === undefined) return [];
  if (fresh) {
    throw new GaussmarkError('--retry and --fresh exclude each other', {
      remedy: 'drop --retry: --fresh reruns everything',
    });
  }
  return retry.split(',').map((text) => {
    const status = RETRYABLE.find((each) => each === text.trim());
    if (status !== undefined) return status;
    throw new GaussmarkError(`cannot retry runs with status '${text}'`, {
      expected: `any of ${RETRYABLE.join(', ')}, separated by commas`,
      got: text,
    });
  });
}

/** @throws GaussmarkError if the seeds, a target or a shard cannot be parsed */
export function requestOf(options: PlanOptions): PlanRequest {
  const { profile, problem, optimizer, engine, epochs, steps, seconds, seeds, dtype, batchSize, threads } =
    options;
  const { gradientEquivalents, timeout, memory, target, stopAtTarget, evaluateEvery, shard } = options;
  return {
    profile,
    problems: problem,
    optimizers: optimizer,
    engines: engine,
    budget: defined({ epochs, steps, seconds, gradientEquivalents }),
    seeds: seeds === undefined ? undefined : parseSeeds(seeds),
    dtype,
    batchSize,
    threads,
    limits: defined({ timeout, memory }),
    goals: target === undefined ? undefined : parseGoals(target),
    stopAtTarget,
    evaluateEvery,
    shard: shard === undefined ? undefined : parseShard(shard),
  };
}
