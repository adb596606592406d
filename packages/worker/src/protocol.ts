// The messages between a command and its worker process: lines of JSON on dedicated pipes.
//
// Every line from the worker starts with a token that the command chose, so nothing a plugin writes passes for a message.
// Standard output and Node's IPC channel are not used: plugins know how to write to those.

import type { SerializedError } from './serialized-error.js';
import type { Task, TaskTypes } from './task.js';

/** File descriptors in the worker. */
export const CHANNELS = { requests: 3, replies: 4, beats: 5 } as const;

/** The longest valid message, in bytes. */
export const LONGEST_MESSAGE = 64 * 2 ** 20;

export type TaskName = Pick<Task<TaskTypes>, 'module' | 'name'>;

/** The first line to a worker. */
export interface Hello {
  readonly token: string;
  /** The process that the worker must not outlive. */
  readonly parent: number;
  /** Seconds of uninterrupted JavaScript after which the watchdog locates it; null for never. */
  readonly spinLimit: number | null;
  /** The first task, to be loaded before it is requested. */
  readonly prepare?: TaskName;
}

export type ToWorker =
  | { readonly type: 'do'; readonly task: TaskName; readonly input: unknown }
  | { readonly type: 'cancel' };

export type FromWorker =
  /** A plugin is about to be called: `optimizer 'sgn'`. */
  | { readonly type: 'call'; readonly plugin: string }
  | { readonly type: 'event'; readonly event: unknown }
  | { readonly type: 'result'; readonly result: unknown }
  | { readonly type: 'error'; readonly error: SerializedError };
