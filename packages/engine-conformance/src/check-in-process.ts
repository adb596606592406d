// Checks an engine in a separate process: one that crashes or hangs fails without affecting the others.

import type { Locations } from '@gaussmark/cell';
import { type Choice, defined, type Registry } from '@gaussmark/core';
import {
  AMOUNT,
  anyOf,
  COUNT,
  knownPlugins,
  memoryLimit,
  NULL,
  objectOf,
  oneOf,
  runTask,
  SCALARS,
  type Schema,
  TEXT,
  task,
  WorkerEnded,
} from '@gaussmark/worker';
import type { CaseResult, NextCase } from './check.js';
import type { CheckEvent, CheckTask } from './check-task.js';
import { type EngineReport, summarize } from './summary.js';

const NEXT = { subject: TEXT, name: TEXT, dtype: oneOf('float32', 'float64', 'int32', 'bool') };
const RESULT: Schema<CaseResult> = anyOf(
  objectOf({ ...NEXT, status: oneOf('pass'), share: AMOUNT }),
  objectOf({ ...NEXT, status: oneOf('fail'), reason: TEXT }),
  objectOf({ ...NEXT, status: oneOf('unsupported'), reason: TEXT }),
);
const EVENT: Schema<CheckEvent> = anyOf(
  objectOf({ type: oneOf('started'), info: SCALARS }),
  objectOf({ type: oneOf('next'), next: objectOf(NEXT) }),
  objectOf({ type: oneOf('result'), done: COUNT, total: COUNT, result: RESULT }),
);
const CHECK = task<CheckTask>(new URL('./check-task.js', import.meta.url), 'checkTask', {
  result: NULL,
  event: EVENT,
});

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
  let info: EngineReport['info'] = {};
  let next: NextCase | undefined;
  let ended: string | undefined;
  const results: CaseResult[] = [];
  const limits = { seconds: SILENCE_SECONDS, bytes: memoryLimit() };
  const input = { engine, problems, known: knownPlugins(registry), locations };
  const onEvent = (event: CheckEvent) => {
    if (event.type === 'started') info = event.info;
    else if (event.type === 'next') next = event.next;
    else {
      results.push(event.result);
      onProgress({ done: event.done, total: event.total, subject: event.result.subject });
    }
  };
  try {
    await runTask(CHECK, input, { limits, patience: 'sign', maySpin: true, onEvent, signal });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const { message } = error as Error;
    ended = error instanceof WorkerEnded ? `${message}${during(next)}` : message;
  }
  return { engine: label, info, subjects: summarize(results), ...defined({ ended }) };
}

function during(next: NextCase | undefined): string {
  return next === undefined ? '' : ` in ${next.subject}, ${next.dtype}, ${next.name}`;
}
