// The worker's side of its pipe to the command: messages as lines behind the token, written at once and whole.

import { writeSync } from 'node:fs';
import { CHANNELS, type FromWorker } from './protocol.js';

// Taken hold of before a plugin can replace them.
const write = writeSync;
const { stringify } = JSON;
const { from } = Buffer;
const { wait } = Atomics;
const pause = new Int32Array(new SharedArrayBuffer(4));

/** Tells messages. What cannot be written as JSON (a cycle, a BigInt, a tree too deep) throws, and nothing is error. */
export type Send = (message: FromWorker) => void;

export function messageWriter(token: string, channel: number = CHANNELS.replies): Send {
  return (message) => writeAll(channel, from(`${token} ${stringify(message)}\n`));
}

/** Writes all bytes, waiting where the reader is slow. */
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
