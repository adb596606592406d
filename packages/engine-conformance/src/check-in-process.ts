// Checks an engine in a separate process: one that crashes or hangs fails without affecting the others.

import { type Choice, defined, type Registry, validator } from '@gaussmark/core';
import type { Locations } from '@gaussmark/harness';
import {
  AMOUNT,
  COUNT,
  knownPlugins,
  memoryLimit,
  objectOf,
  SCALARS,
  TEXT,
  task,
  WorkerEnded,
  WorkerProcess,
} from '@gaussmark/worker';
import type { CaseResult, NextCase } from './check.js';
import type { CheckTask } from './check-task.js';
import { type EngineReport, summarize } from './summary.js';

const CHECK = task<CheckTask>(new URL('./check-task.js', import.meta.url), 'checkTask');

/** An engine hangs if it gives no result for this long. The reference itself takes seconds for a convnet's step. */
const SILENCE_SECONDS = 180;

export interface CheckProgress {
  readonly done: number;
  readonly total: number;
  readonly subject: string;
}

export interface CheckInProcessOptions {
  /** `onnxruntime[provider=webgpu]`. */
  readonly label: string;
  /** Problems whose optimizer steps are checked too. */
  readonly problems: readonly string[];
  readonly registry: Registry;
  readonly locations: Locations;
  readonly onProgress: (progress: CheckProgress) => void;
  /** Aborting it ends the process; the promise rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

/** Checks one engine. The report includes a crash of its process. */
export async function checkInProcess(
  engine: Choice,
  { label, problems, registry, locations, onProgress, signal }: CheckInProcessOptions,
): Promise<EngineReport> {
  signal.throwIfAborted();
  let info: EngineReport['info'] = {};
  let next: NextCase | undefined;
  let ended: string | undefined;
  const results: CaseResult[] = [];
  const limits = { seconds: SILENCE_SECONDS, bytes: memoryLimit() };
  const worker = new WorkerProcess({ limits, patience: 'sign', maySpin: true, prepare: CHECK });
  const kill = () => worker.kill();
  signal.addEventListener('abort', kill, { once: true });
  try {
    const input = { engine, problems, known: knownPlugins(registry), locations };
    await worker.ask(CHECK, input, {
      result: { type: 'null' },
      event: eventIssues,
      onEvent: (event) => {
        if (event.type === 'started') info = event.info;
        else if (event.type === 'next') next = event.next;
        else {
          results.push(event.result);
          onProgress({ done: event.done, total: event.total, subject: event.result.subject });
        }
      },
    });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const { message } = error as Error;
    ended = error instanceof WorkerEnded ? `${message}${during(next)}` : message;
  } finally {
    signal.removeEventListener('abort', kill);
    await worker.end();
  }
  return { engine: label, info, subjects: summarize(results), ...defined({ ended }) };
}

function during(next: NextCase | undefined): string {
  return next === undefined ? '' : ` in ${next.subject}, ${next.dtype}, ${next.name}`;
}

type Properties = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
const caseOf = (properties: Properties) =>
  objectOf({ subject: TEXT, name: TEXT, dtype: TEXT, ...properties });
const eventOf = (type: string, properties: Properties) => objectOf({ type: { const: type }, ...properties });

const eventIssues = validator({
  anyOf: [
    eventOf('started', { info: SCALARS }),
    eventOf('next', { next: caseOf({}) }),
    eventOf('result', {
      done: COUNT,
      total: COUNT,
      result: {
        anyOf: [
          caseOf({ status: { const: 'pass' }, share: AMOUNT }),
          caseOf({ status: { enum: ['fail', 'unsupported'] }, reason: TEXT }),
        ],
      },
    }),
  ],
});
