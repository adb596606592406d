// What a worker can be asked: a function that a module exports, with its input, the events it tells, and its result. All JSON.

import type { Engine } from '@gaussmark/core';

/** The types of a task; `never` for events that there are none of. */
export interface TaskTypes {
  readonly input: unknown;
  readonly event: unknown;
  readonly result: unknown;
}

/** Names a task without loading it: the worker imports the module. */
export interface Task<T extends TaskTypes> {
  /** The URL of the module. */
  readonly module: string;
  /** The name of its export, a {@link TaskOf}. */
  readonly name: string;
  /** Carries the types; never there. */
  readonly types?: T;
}

/** A task by the name of an export. `new URL('./plan-task.js', import.meta.url)` is its module. */
export function task<T extends TaskTypes>(module: URL, name: string): Task<T> {
  return { module: module.href, name };
}

/** What a task is given besides its input. */
export interface TaskContext<T extends TaskTypes> {
  readonly emit: (event: T['event']) => void;
  /** Aborts when the command does not want the result any more. */
  readonly signal: AbortSignal;
  /** An engine whose calls are known to be native: they are not JavaScript that spins. */
  readonly observe: (engine: Engine) => Engine;
}

export type TaskOf<T extends TaskTypes> = (
  input: T['input'],
  context: TaskContext<T>,
) => Promise<T['result']>;
