// The worker's end of its pipe to the command: each message is a line behind the token, written whole and at once.

import { writeSync } from 'node:fs';
import { CHANNELS, type FromWorker } from './protocol.js';

// Captured before a plugin can replace them.
const write = writeSync;
const { stringify } = JSON;
const { from } = Buffer;
const { wait } = Atomics;
const pause = new Int32Array(new SharedArrayBuffer(4));

/** Sends a message. Throws, and sends nothing, if JSON cannot express it (a cycle, a BigInt, a tree too deep). */
export type Send = (message: FromWorker) => void;

export function messageWriter(token: string): Send {
  return (message) => writeAll(CHANNELS.replies, from(`${token} ${stringify(message)}\n`));
}

/** Writes all bytes, waiting for a slow reader. */
function writeAll(channel: number, bytes: Buffer): void {
  let done = 0;
  while (done < bytes.length) {
    try {
      done += write(channel, bytes, done, bytes.length - done);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      wait(pause, 0, 0, 1);
    }
  }
}
