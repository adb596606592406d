// The watchdog thread of a worker: sends heartbeats, ends an orphaned process, locates endless loops.
//
// It shares only two numbers with the main thread, so neither spinning JavaScript nor a native call can block it. It tells
// the two apart: the main thread counts turns of its event loop and marks calls into the engine (observed-engine.ts). No
// turns and an open mark: a long native call. No turns and no mark: JavaScript that does not return. (A plugin's timer that
// spins during a native call counts as the call; the worker's timeout ends that too.)

import { writeSync } from 'node:fs';
import { Session } from 'node:inspector';
import { fileURLToPath } from 'node:url';
import { workerData } from 'node:worker_threads';
import { defined } from '@gaussmark/core/defined';
import { BEAT_MS, type Heartbeat, SLOTS, type WatchdogData } from './heartbeat.js';
import { CHANNELS } from './protocol.js';

const { shared, parent, token, spinLimit } = workerData as WatchdogData;
/** Time for the debugger to pause the main thread. */
const PAUSE_MS = 2000;

let turns = -1;
let spinning = 0;
let native = 0;
let located = false;

function watch(): void {
  const now = Atomics.load(shared, SLOTS.turns);
  const inEngine = Atomics.load(shared, SLOTS.native) > 0;
  const turned = now !== turns;
  // Count beats, not time: a suspended process does not spin.
  spinning = turned || inEngine ? 0 : spinning + BEAT_MS / 1000;
  native = turned || !inEngine ? 0 : native + BEAT_MS / 1000;
  turns = now;
  // An orphan gets another parent. On Windows it does not, but its writes fail.
  if (process.ppid !== parent || !beat()) end();
  if (spinning < spinLimit || located) return;
  located = true;
  locate((where) => void beat(where));
}

function beat(stuck?: string): boolean {
  const heartbeat: Heartbeat = {
    bytes: process.memoryUsage.rss(),
    spinning,
    native,
    ...defined({ stuck }),
  };
  try {
    writeSync(CHANNELS.beats, `${token} ${JSON.stringify(heartbeat)}\n`);
    return true;
  } catch (error) {
    // A slow reader is still alive.
    return (error as NodeJS.ErrnoException).code === 'EAGAIN';
  }
}

/** Finds the line the main thread is in, by pausing it with the debugger. The debugger cannot pause native code. */
function locate(report: (where: string) => void): void {
  const timeout = setTimeout(() => report('in native code'), PAUSE_MS);
  const session = new Session();
  session.connectToMainThread();
  // Frames of a module carry no URL.
  const urls = new Map<string, string>();
  session.on('Debugger.scriptParsed', ({ params: { scriptId, url } }) => urls.set(scriptId, url));
  session.on('Debugger.paused', ({ params: { callFrames } }) => {
    clearTimeout(timeout);
    const frame = callFrames[0]!;
    const { scriptId, lineNumber } = frame.location;
    report(`at ${pathOf(urls.get(scriptId) ?? frame.url)}:${lineNumber + 1}`);
  });
  session.post('Debugger.enable');
  session.post('Debugger.pause');
}

function pathOf(url: string): string {
  return url.startsWith('file:') ? fileURLToPath(url) : url;
}

/** Kills this process and its descendants at once. */
function end(): void {
  try {
    if (process.platform !== 'win32') process.kill(-process.pid, 'SIGKILL');
  } finally {
    process.kill(process.pid, 'SIGKILL');
  }
}

watch();
setInterval(watch, BEAT_MS);
