// What a user requests: a profile, and options that override it.

import type { FloatDType } from '@gaussmark/autodiff';
import type { Budget, Cell } from '@gaussmark/cell';
import {
  defined,
  type Goals,
  type Interval,
  type ProfileDefinition,
  parseBytes,
  parseInterval,
  type Shard,
  seedsOf,
} from '@gaussmark/core';
import type { EngineChoice } from './engine-choice.js';

/** The options of a run. Omitted ones come from the profile. */
export interface PlanRequest {
  /** A name or a file; by default `default`. */
  readonly profile?: string | undefined;
  readonly problems?: readonly string[] | undefined;
  readonly optimizers?: readonly string[] | undefined;
  readonly engines?: readonly string[] | undefined;
  /** Replaces every other budget if it has a limit. */
  readonly budget?: Budget | undefined;
  readonly seeds?: readonly number[] | undefined;
  readonly dtype?: FloatDType | undefined;
  readonly batchSize?: number | undefined;
  /** Threads of the engine. */
  readonly threads?: number | undefined;
  /** Overrides the profile. */
  readonly evaluateEvery?: Interval | undefined;
  /** Limits of each run; override those of the profile or the budget. */
  readonly limits?: Cell['limits'] | undefined;
  /** Override the targets of the problems. */
  readonly goals?: Goals | undefined;
  /** Whether reaching its target ends a run. */
  readonly stopAtTarget?: boolean | undefined;
  /** The part of the plan to run; by default all of it. */
  readonly shard?: Shard | undefined;
}

/** An optimizer on one problem, or on every problem. */
export interface Pair {
  readonly problem?: string;
  readonly optimizer: Cell['optimizer'];
}

/** Problems times optimizers, under one budget. JSON. */
export interface Group {
  /** The evaluation split; by default the test split. */
  readonly evaluateOn?: Cell['evaluateOn'];
  /** The included pairs; by default all. */
  readonly only?: readonly Pair[];
  readonly problems: readonly string[];
  readonly optimizers: readonly string[];
  readonly engines: readonly string[];
  /** Earlier choices of engine `auto`, repeated for their problems. */
  readonly engineChoices?: readonly EngineChoice[];
  readonly seeds: readonly number[];
  /** `undefined`: each problem's own. */
  readonly budget: Budget | undefined;
  readonly dtype: FloatDType | undefined;
  readonly limits: Cell['limits'];
  /** `undefined`: after every epoch. */
  readonly evaluateEvery: Interval | undefined;
}

export const DEFAULT_PROFILE = 'default';
const DEFAULT_ENGINE = 'onnxruntime';
/** As in the default profile: small networks gain nothing from a second thread. */
const ONE_THREAD = 'onnxruntime[threads=1]';

/**
 * The groups of a request: those of the profile, with problems, optimizers, engines, seeds, budget or dtype overridden by
 * options. Problems given as options run under their own budgets, with the profile's `optimizers`.
 */
export function groupsOf(request: PlanRequest, profile: ProfileDefinition): Group[] {
  const budget = hasLimit(request.budget) ? request.budget : undefined;
  const shared = (run?: ProfileDefinition['runs'][number]): Omit<Group, 'problems' | 'optimizers'> => ({
    engines: request.engines ?? [run?.engine ?? profile.engine ?? DEFAULT_ENGINE],
    seeds: request.seeds ?? seedsOf(run?.seeds ?? profile.seeds),
    budget: budget ?? (run === undefined ? undefined : budgetOf(run)),
    dtype: request.dtype ?? run?.dtype,
    limits: limitsOf(request.limits, run, profile),
    evaluateEvery: request.evaluateEvery ?? writtenInterval(run?.evaluateEvery ?? profile.evaluateEvery),
  });
  if (request.problems !== undefined) {
    const own = profile.optimizers ?? [...new Set(profile.runs.flatMap((run) => run.optimizers))];
    const optimizers = request.optimizers ?? own;
    return [{ problems: request.problems, optimizers, ...shared() }];
  }
  return profile.runs.map((run) => ({
    problems: run.problems,
    optimizers: request.optimizers ?? run.optimizers,
    ...shared(run),
  }));
}

/** The single group of a request that names its problems, optimizers and seeds, without a profile. */
export function groupOf(request: PlanRequest & Pick<Group, 'problems' | 'optimizers' | 'seeds'>): Group {
  const { problems, optimizers, seeds, dtype } = request;
  return {
    problems,
    optimizers,
    seeds,
    dtype,
    engines: request.engines ?? [ONE_THREAD],
    budget: hasLimit(request.budget) ? request.budget : undefined,
    limits: limitsOf(request.limits),
    evaluateEvery: request.evaluateEvery,
  };
}

const writtenInterval = (text: string | undefined) => (text === undefined ? undefined : parseInterval(text));

/** The most specific setting: of the option, the profile's run, or the profile. */
function limitsOf(
  given: Cell['limits'],
  run?: ProfileDefinition['runs'][number],
  profile?: ProfileDefinition,
): Cell['limits'] {
  const timeout = given?.timeout ?? run?.timeout ?? profile?.timeout;
  const written = run?.memory ?? profile?.memory;
  const memory = given?.memory ?? (written === undefined ? undefined : parseBytes(written));
  if (timeout === undefined && memory === undefined) return undefined;
  return defined({ timeout, memory });
}

function hasLimit(budget: Budget | undefined): budget is Budget {
  return budget !== undefined && Object.values(budget).some((limit) => limit !== undefined);
}

function budgetOf({
  epochs,
  steps,
  seconds,
  gradientEquivalents,
}: Budget | ProfileDefinition['runs'][number]): Budget | undefined {
  const budget = defined({ epochs, steps, seconds, gradientEquivalents });
  return hasLimit(budget) ? budget : undefined;
}
