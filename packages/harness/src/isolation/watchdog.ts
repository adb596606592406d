// A thread of a cell's process that goes on whatever the main thread does: it beats, and it ends an orphan.
//
// It shares nothing with the main thread but two numbers, so JavaScript that spins cannot hold it up; and a call into
// native code cannot either. It tells the two apart: the main thread counts turns of its event loop, and marks the calls
// into the engine (observed-engine.ts). No turns and an open mark is a long native call; no turns and no mark is
// JavaScript that does not come to an end. (A timer of a plugin that spins while a native call waits its turn is taken for
// the call; the timeout of the cell ends that too.)

import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { BEAT_CHANNEL, BEAT_MS, type Heartbeat, SLOTS, type WatchdogData } from './heartbeat.js';

const { shared, parent } = workerData as WatchdogData;
let turns = -1;
let spinning = 0;
let native = 0;

function watch(): void {
  const now = Atomics.load(shared, SLOTS.turns);
  const inEngine = Atomics.load(shared, SLOTS.native) > 0;
  const turned = now !== turns;
  // Beats are counted, not time: a process that was stopped for a while did not spin meanwhile.
  spinning = turned || inEngine ? 0 : spinning + BEAT_MS / 1000;
  native = turned || !inEngine ? 0 : native + BEAT_MS / 1000;
  turns = now;
  // A process whose parent is gone gets another one; where it does not (Windows), writing to nobody fails.
  if (process.ppid !== parent || !beat({ bytes: process.memoryUsage.rss(), spinning, native })) end();
}

function beat(heartbeat: Heartbeat): boolean {
  try {
    writeSync(BEAT_CHANNEL, `${JSON.stringify(heartbeat)}\n`);
    return true;
  } catch (error) {
    // A parent that is slow to read is still there.
    return (error as NodeJS.ErrnoException).code === 'EAGAIN';
  }
}

/** Ends the whole process, with the processes that it started; nothing in it is asked. */
function end(): void {
  try {
    if (process.platform !== 'win32') process.kill(-process.pid, 'SIGKILL');
  } finally {
    process.kill(process.pid, 'SIGKILL');
  }
}

watch();
setInterval(watch, BEAT_MS);
