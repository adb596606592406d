// What goes between a command and the worker process that runs plugins for it. Lines of JSON on pipes of their own.
//
// Every line from the worker begins with a token that the command made up: what a plugin writes there is not taken for a
// message. Neither standard output nor Node's own channel is used, which plugins know how to write to.

import type { ErrorDetails } from '@gaussmark/core';
import type { Task, TaskTypes } from './task.js';

/** File descriptors of the worker. */
export const CHANNELS = { requests: 3, replies: 4, beats: 5 } as const;

/** Bytes of one message; a longer one is none of ours. */
export const LONGEST_MESSAGE = 64 * 2 ** 20;

/** The environment variable that marks a worker and all that it starts. */
export const MARK = 'GAUSSMARK_WORKER';

/** The first line to a worker. */
export interface Hello {
  readonly token: string;
  /** The process that it must not outlive. */
  readonly parent: number;
  /** Seconds after which JavaScript that does not end is looked at; null is never. */
  readonly spinLimit: number | null;
  /** What it will be asked, as far as that is known: it loads that meanwhile. */
  readonly prepare?: Task<TaskTypes>;
}

export type ToWorker =
  | { readonly type: 'do'; readonly task: Task<TaskTypes>; readonly input: unknown }
  /** Gives up what it does, in order. */
  | { readonly type: 'cancel' };

export type FromWorker =
  /** A plugin is about to be called: `optimizer 'sgn'`. */
  | { readonly type: 'call'; readonly plugin: string }
  | { readonly type: 'event'; readonly event: unknown }
  | { readonly type: 'result'; readonly result: unknown }
  | { readonly type: 'error'; readonly error: SerializedError };

/** An error of a worker as it is error. */
export interface SerializedError {
  /** Whose fault: `input` is a GaussmarkError, `mismatch` no fault, `other` any other error, of a plugin or of ours. */
  readonly kind: 'input' | 'storage' | 'mismatch' | 'other';
  readonly summary: string;
  readonly details: Omit<ErrorDetails, 'cause'>;
  /** Name, message and place in one line. */
  readonly text: string;
}
