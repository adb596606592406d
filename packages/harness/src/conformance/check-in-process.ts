// Checking an engine in a process of its own: one that crashes or hangs has failed, and the others are checked all the same.

import { type CaseResult, type EngineReport, type NextCase, summarize } from '@gaussmark/engine-conformance';
import type { Choice } from '../cell/cell.js';
import { forkWorker } from '../isolation/fork-worker.js';
import type { FromCheckWorker, KnownSurroundings, ToCheckWorker } from './protocol.js';

const WORKER = new URL('./worker.js', import.meta.url);

/** Without a result for so long, an engine hangs. The reference itself takes seconds for the step of a convnet. */
const SILENCE_MS = 180_000;

export interface CheckProgress {
  readonly done: number;
  readonly total: number;
  readonly subject: string;
}

export interface CheckInProcessOptions {
  /** `onnxruntime[provider=webgpu]`. */
  readonly label: string;
  /** Whose steps are checked too. */
  readonly problems: readonly string[];
  readonly surroundings: KnownSurroundings;
  readonly onProgress: (progress: CheckProgress) => void;
  /** Ends the process when it aborts; the promise rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

/** Checks one engine. Whatever becomes of its process is in the report. */
export function checkInProcess(
  engine: Choice,
  { label, problems, surroundings, onProgress, signal }: CheckInProcessOptions,
): Promise<EngineReport> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    let info: EngineReport['info'] = {};
    let next: NextCase | undefined;
    let ended: string | undefined;
    let complete = false;
    const results: CaseResult[] = [];
    const { child, stderr } = forkWorker(WORKER);
    const kill = () => child.kill('SIGKILL');
    const hang = () => {
      ended = `no result for ${SILENCE_MS / 1000} s${during(next)}`;
      kill();
    };
    let silence = setTimeout(hang, SILENCE_MS);
    signal.addEventListener('abort', kill, { once: true });
    process.once('exit', kill);
    child.on('message', (message: FromCheckWorker) => {
      switch (message.type) {
        case 'started':
          info = message.info;
          break;
        case 'next':
          next = message.next;
          break;
        case 'result':
          clearTimeout(silence);
          silence = setTimeout(hang, SILENCE_MS);
          results.push(message.result);
          onProgress({ done: message.done, total: message.total, subject: message.result.subject });
          break;
        case 'end':
          complete = true;
          break;
        case 'error':
          ended ??= message.reason;
          break;
        default:
          message satisfies never;
      }
    });
    child.on('error', ({ message }) => {
      ended ??= `its process could not be started: ${message}`;
    });
    child.on('close', (code, killedBy) => {
      clearTimeout(silence);
      signal.removeEventListener('abort', kill);
      process.off('exit', kill);
      if (signal.aborted) return reject(signal.reason);
      if (!complete) {
        const how = killedBy === null ? `ended with code ${code}` : `was ended by ${killedBy}`;
        const last = stderr().trim().split('\n').at(-1);
        ended ??= `its process ${how}${during(next)}${last ? `: ${last}` : ''}`;
      }
      resolve({
        engine: label,
        info,
        subjects: summarize(results),
        ...(ended === undefined ? {} : { ended }),
      });
    });
    child.send({ engine, problems, surroundings } satisfies ToCheckWorker, () => {});
  });
}

function during(next: NextCase | undefined): string {
  return next === undefined ? '' : ` in ${next.subject}, ${next.dtype}, ${next.name}`;
}
