// The options that commands share, and how their values are read.

import type { FloatDType } from '@gaussmark/autodiff';
import {
  BOUNDS,
  type Bound,
  defined,
  FLOAT_DTYPES,
  GaussmarkError,
  type Interval,
  parseGoals,
  parseInterval,
  parseSeeds,
  parseShard,
  parseWithin,
} from '@gaussmark/core';
import type { PlanRequest } from '@gaussmark/harness';
import { type Command, InvalidArgumentError, Option, type OptionValues } from 'commander';

/** Options of every command. */
export interface SharedOptions {
  readonly plugin?: readonly string[];
  readonly color: boolean;
}

/** Options that say what runs. */
export interface PlanOptions extends SharedOptions {
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

export const collect = (value: string, previous: readonly string[] | undefined) => [
  ...(previous ?? []),
  value,
];

/** A reader of numbers within a bound. */
export const within = (bound: Bound) => quantity((text) => parseWithin(text, bound));

/** A reader of text for people: a title, a reason. */
export function words(text: string): string {
  if (text.length <= BOUNDS.text.most) return text;
  throw new InvalidArgumentError(`Expected at most ${BOUNDS.text.most} characters, got ${text.length}.`);
}

/**
 * Refuses values that are empty or blank, of every option and argument: a variable of a shell that is not set means none of them.
 *
 * @throws GaussmarkError
 */
export function demandValues({ options, processedArgs }: Command, values: OptionValues): void {
  const isBlank = (value: unknown): boolean =>
    Array.isArray(value) ? value.some(isBlank) : typeof value === 'string' && value.trim() === '';
  for (const option of options) {
    if (!isBlank(values[option.attributeName()])) continue;
    throw new GaussmarkError(`${option.long} has an empty value`, {
      expected: option.flags,
      remedy: 'give it a value, or leave it out',
    });
  }
  if (isBlank(processedArgs)) {
    throw new GaussmarkError('an argument is empty', { remedy: 'give it a value, or leave it out' });
  }
}

/** A reader of quantities whose mistakes commander reports as those of the option. */
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

/** When a run is evaluated, and what it is to reach then. */
export function addTargetOptions(command: Command): Command {
  return command
    .option('--target <goals>', 'what to reach: testLoss=0.02, testAccuracy=0.97, trainLoss=0.1', collect)
    .option(
      '--evaluate-every <interval>',
      "evaluate each run, and look for its target, every '50 steps' or '2 epochs' (default: every epoch)",
      quantity(parseInterval),
    );
}

export function addSharedOptions(command: Command): Command {
  return command
    .option('--plugin <path>', 'use a plugin from a folder or manifest (may be repeated)', collect)
    .option('--no-color', 'no colours (NO_COLOR does the same)');
}

export function addPlanOptions(command: Command): Command {
  return addChoiceOptions(
    command.option(
      '--profile <name|file>',
      'what to run, where the options below do not say it (default: default)',
    ),
  );
}

/** What runs, without a profile. */
export function addChoiceOptions(command: Command): Command {
  return command
    .option('--problem <problem>', 'problems, joined by commas (may be repeated)', collect)
    .option('--optimizer <selection>', 'optimizers; several values make several (may be repeated)', collect)
    .option('--engine <selection>', 'engines (may be repeated)', collect)
    .option('--epochs <n>', 'end each run after n passes through the training data', within(BOUNDS.epochs))
    .option('--steps <n>', 'end each run after n optimizer steps', within(BOUNDS.steps))
    .option('--seconds <s>', 'end each run after s seconds of training', within(BOUNDS.seconds))
    .option(
      '--gradient-equivalents <n>',
      'end each run after the work of n gradients of a mini-batch',
      within(BOUNDS.gradientEquivalents),
    )
    .option('--seeds <count|list>', '3 is the seeds 1, 2, 3; 7,9 are those two; 7, is that one')
    .option('--batch-size <n>', 'examples of a mini-batch, for every problem', within(BOUNDS.batchSize))
    .addOption(new Option('--dtype <dtype>', 'number type, for every problem').choices(FLOAT_DTYPES))
    .option('--threads <n>', 'threads of the engine', within(BOUNDS.threads));
}

/** @throws GaussmarkError if the seeds, a target or a shard cannot be read. */
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
