// A thread of a worker that goes on whatever the main thread does: it beats, it ends an orphan, it finds an endless loop.
//
// It shares nothing with the main thread but two numbers, so JavaScript that spins cannot hold it up; and a call into
// native code cannot either. It tells the two apart: the main thread counts turns of its event loop, and marks the calls
// into the engine (observed-engine.ts). No turns and an open mark is a long native call; no turns and no mark is
// JavaScript that does not come to an end. (A timer of a plugin that spins while a native call waits its turn is taken for
// the call; the timeout of the worker ends that too.)

import { writeSync } from 'node:fs';
import { Session } from 'node:inspector';
import { fileURLToPath } from 'node:url';
import { workerData } from 'node:worker_threads';
import { BEAT_MS, type Heartbeat, SLOTS, type WatchdogData } from './heartbeat.js';
import { CHANNELS } from './protocol.js';

const { shared, parent, token, spinLimit } = workerData as WatchdogData;
/** What the debugger may take to stop the main thread. */
const PATIENCE_MS = 2000;

let turns = -1;
let spinning = 0;
let native = 0;
let looked = false;

function watch(): void {
  const now = Atomics.load(shared, SLOTS.turns);
  const inEngine = Atomics.load(shared, SLOTS.native) > 0;
  const turned = now !== turns;
  // Beats are counted, not time: a process that was stopped for a while did not spin meanwhile.
  spinning = turned || inEngine ? 0 : spinning + BEAT_MS / 1000;
  native = turned || !inEngine ? 0 : native + BEAT_MS / 1000;
  turns = now;
  // A process whose parent is gone gets another one; where it does not (Windows), writing to nobody fails.
  if (process.ppid !== parent || !beat()) end();
  if (spinning < spinLimit || looked) return;
  looked = true;
  whereItSpins((where) => void beat(where));
}

function beat(stuck?: string): boolean {
  const heartbeat: Heartbeat = {
    bytes: process.memoryUsage.rss(),
    spinning,
    native,
    ...(stuck === undefined ? {} : { stuck }),
  };
  try {
    writeSync(CHANNELS.beats, `${token} ${JSON.stringify(heartbeat)}\n`);
    return true;
  } catch (error) {
    // A parent that is slow to read is still there.
    return (error as NodeJS.ErrnoException).code === 'EAGAIN';
  }
}

/**
 * The line that the main thread is in. It cannot be asked, but the debugger can stop it at whatever line that is. Native code
 * that does not come back is beyond the debugger.
 */
function whereItSpins(tell: (where: string) => void): void {
  const patience = setTimeout(() => tell('in native code'), PATIENCE_MS);
  const session = new Session();
  session.connectToMainThread();
  // A module's frames do not say where it came from.
  const urls = new Map<string, string>();
  session.on('Debugger.scriptParsed', ({ params: { scriptId, url } }) => urls.set(scriptId, url));
  session.on('Debugger.paused', ({ params: { callFrames } }) => {
    clearTimeout(patience);
    const frame = callFrames[0]!;
    const { scriptId, lineNumber } = frame.location;
    tell(`at ${pathOf(urls.get(scriptId) ?? frame.url)}:${lineNumber + 1}`);
  });
  session.post('Debugger.enable');
  session.post('Debugger.pause');
}

function pathOf(url: string): string {
  return url.startsWith('file:') ? fileURLToPath(url) : url;
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
