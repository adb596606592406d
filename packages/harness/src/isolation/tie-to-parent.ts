// What a process that was forked for one piece of work owes its parent: not to outlive it, and to say why it fails.

import { GaussmarkError } from '@gaussmark/core';

interface Failure {
  readonly type: 'error';
  readonly reason: string;
}

/**
 * Ties this process to the one that forked it: it ends with it, leaves Ctrl-C to it, and tells it of an error that nothing
 * caught before it ends.
 *
 * @returns tells the parent a message; resolves when that is on its way
 */
export function tieToParent<M extends object>(): (message: M | Failure) => Promise<void> {
  const tell = (message: M | Failure) =>
    new Promise<void>((resolve) => process.send!(message, () => resolve()));
  process.once('disconnect', () => process.exit(1));
  // A Ctrl-C reaches the whole process group: the parent decides what becomes of this process.
  process.on('SIGINT', () => {});
  const fail = (error: unknown) =>
    void tell({ type: 'error', reason: reasonOf(error) }).then(() => process.exit(1));
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  return tell;
}

function reasonOf(error: unknown): string {
  if (error instanceof GaussmarkError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
