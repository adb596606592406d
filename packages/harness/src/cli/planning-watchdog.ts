// The thread that watches planning: it ends a process whose main thread spins in a plugin, and says where.
//
// The main thread cannot be asked then. The debugger can stop it at whatever line it is in, which is what the user needs to
// know, and let it exit from there, so that the exit code is that of wrong input. Native code that does not come back is
// beyond the debugger: that is ended by the system.

import { writeSync } from 'node:fs';
import { Session } from 'node:inspector';
import { fileURLToPath } from 'node:url';
import { workerData } from 'node:worker_threads';
import { escapeInvisible } from '@gaussmark/core/shown-text';
import { lastCalled } from '../plan/last-called.js';
import { WRONG_INPUT } from './exit-codes.js';
import type { PlanningWatchData } from './planning-watch.js';

const { turns, called, seconds } = workerData as PlanningWatchData;
const LOOK_MS = 250;
/** What the debugger may take to stop the main thread. */
const PATIENCE_MS = 2000;

let seen = -1;
let still = 0;

const timer = setInterval(() => {
  const now = Atomics.load(turns, 0);
  // Looks are counted, not time: a process that was stopped for a while did not spin meanwhile.
  still = now === seen ? still + LOOK_MS / 1000 : 0;
  seen = now;
  if (still < seconds) return;
  clearInterval(timer);
  stop();
}, LOOK_MS);

function stop(): void {
  const kill = () => process.kill(process.pid, 'SIGKILL');
  const patience = setTimeout(() => {
    complain('in native code');
    kill();
  }, PATIENCE_MS);
  const session = new Session();
  session.connectToMainThread();
  // A module's frames do not say where it came from.
  const urls = new Map<string, string>();
  session.on('Debugger.scriptParsed', ({ params: { scriptId, url } }) => urls.set(scriptId, url));
  session.on('Debugger.paused', ({ params: { callFrames } }) => {
    clearTimeout(patience);
    setTimeout(kill, PATIENCE_MS);
    const frame = callFrames[0]!;
    const { scriptId, lineNumber } = frame.location;
    complain(`at ${pathOf(urls.get(scriptId) ?? frame.url)}:${lineNumber + 1}`);
    session.post('Debugger.evaluateOnCallFrame', {
      callFrameId: frame.callFrameId,
      expression: `process.exit(${WRONG_INPUT})`,
    });
  });
  session.post('Debugger.enable');
  session.post('Debugger.pause');
}

function pathOf(url: string): string {
  return escapeInvisible(url.startsWith('file:') ? fileURLToPath(url) : url);
}

function complain(where: string): void {
  writeSync(
    2,
    `error: JavaScript ran for ${seconds} s without coming to an end while the plan was made, ${where}: an endless loop?\n` +
      `  plugin:   ${escapeInvisible(lastCalled(called))}, the last one that was called\n` +
      '  to fix:   mend it, or give it more time with --timeout\n',
  );
}
