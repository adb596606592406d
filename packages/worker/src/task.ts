// What a worker can be asked: an exported function of a module, with an input, events and a result. All are JSON.

import { type Engine, type Validator, validator } from '@gaussmark/core';
import type { Schema } from './message-schemas.js';

/** The types of a task; `event` is `never` for a task without events. */
export interface TaskTypes {
  readonly input: unknown;
  readonly event: unknown;
  readonly result: unknown;
}

/** Names a task without loading its module: the worker imports that. */
export interface Task<T extends TaskTypes> {
  /** The URL of the module. */
  readonly module: string;
  /** The name of its export, a {@link TaskOf}. */
  readonly name: string;
  readonly result: Validator;
  readonly event: Validator;
  /** Carries the types; never set. */
  readonly types?: T;
}

export interface TaskSchemas<T extends TaskTypes> {
  readonly result: Schema<T['result']> | Validator;
  /** Without it, no event is valid. */
  readonly event?: Schema<T['event']> | Validator;
}

/**
 * @param module such as `new URL('./plan-task.js', import.meta.url)`
 * @param name of its export
 */
export function task<T extends TaskTypes>(
  module: URL,
  name: string,
  { result, event = { not: {} } }: TaskSchemas<T>,
): Task<T> {
  return { module: module.href, name, result: validatorOf(result), event: validatorOf(event) };
}

const validatorOf = (schema: Schema<unknown> | Validator): Validator =>
  typeof schema === 'function' ? (schema as Validator) : validator(schema);

export interface TaskContext<T extends TaskTypes> {
  readonly emit: (event: T['event']) => void;
  /** Aborts when the command no longer wants the result. */
  readonly signal: AbortSignal;
  /** Marks an engine's calls as native, so that they do not count as spinning JavaScript. */
  readonly observe: (engine: Engine) => Engine;
}

export type TaskOf<T extends TaskTypes> = (
  input: T['input'],
  context: TaskContext<T>,
) => Promise<T['result']>;
