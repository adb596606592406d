// Checks a plugin in processes of its own: a check that crashes or hangs fails, and the next process goes on behind it.

import type { Locations } from '@gaussmark/cell';
import { GaussmarkError, type PluginEntry, type Registry } from '@gaussmark/core';
import {
  anyOf,
  COUNT,
  FLAG,
  knownPlugins,
  memoryLimit,
  NULL,
  objectOf,
  oneOf,
  type Schema,
  TEXT,
  task,
  WorkerEnded,
  WorkerProcess,
} from '@gaussmark/worker';
import type { CheckEvent, CheckPluginTask } from './check-task.js';
import { FINDING_STATUSES, type Finding, notRun } from './finding.js';

export const FINDING: Schema<Finding> = objectOf(
  { check: TEXT, status: oneOf(...FINDING_STATUSES), found: TEXT },
  { remedy: TEXT },
);
const EVENT: Schema<CheckEvent> = anyOf(
  objectOf({ type: oneOf('next'), check: TEXT, index: COUNT, total: COUNT, isBasis: FLAG }),
  objectOf({ type: oneOf('finding'), finding: FINDING }),
);
const CHECK = task<CheckPluginTask>(new URL('./check-task.js', import.meta.url), 'checkPluginTask', {
  result: NULL,
  event: EVENT,
});

/** A check hangs if it gives no result for this long. */
export const SILENCE_SECONDS = 120;

export interface PluginReport {
  readonly kind: PluginEntry['kind'];
  readonly name: string;
  readonly version: string;
  readonly findings: readonly Finding[];
}

/**
 * Whether no check failed.
 *
 * @example
 * const finding = { check: 'determinism', status: 'fail', found: 'two runs differ', remedy: 'use context.random()' };
 * isConforming({ kind: 'optimizer', name: 'own', version: '0.1.0', findings: [finding] }); // = false
 */
export const isConforming = ({ findings }: PluginReport): boolean =>
  findings.every(({ status }) => status !== 'fail');

export interface CheckPluginOptions {
  readonly registry: Registry;
  readonly locations: Locations;
  /** Seconds that a check may take; default {@link SILENCE_SECONDS}. */
  readonly seconds?: number | undefined;
  readonly onProgress?: (progress: { check: string; index: number; total: number }) => void;
  /** What the plugin printed. */
  readonly onOutput?: (output: string) => void;
  /** Aborting it ends the process; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Checks a plugin. The report includes crashes of its process.
 *
 * @throws GaussmarkError if the plugin cannot be loaded at all
 */
export async function checkPlugin(
  { kind, name, manifest }: PluginEntry,
  { registry, locations, seconds = SILENCE_SECONDS, onProgress, onOutput, signal }: CheckPluginOptions,
): Promise<PluginReport> {
  const findings: Finding[] = [];
  const known = knownPlugins(registry);
  const limits = { seconds, bytes: memoryLimit() };
  for (let from = 0; ; ) {
    let next: Extract<CheckEvent, { type: 'next' }> | undefined;
    const onEvent = (event: CheckEvent) => {
      if (event.type === 'finding') {
        findings.push(event.finding);
        next = undefined;
      } else {
        const { check, index, total } = event;
        next = event;
        onProgress?.({ check, index, total });
      }
    };
    const worker = new WorkerProcess({ limits, patience: 'sign', maySpin: 'within limit', prepare: CHECK });
    try {
      const input = { kind, name, from, known, locations };
      await worker.ask(CHECK, input, { onEvent, signal });
      break;
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (next === undefined) {
        if (!(error instanceof WorkerEnded)) throw error;
        throw new GaussmarkError(`${kind} '${name}' cannot be loaded: ${error.message}`, {
          plugin: `${kind} '${name}'`,
          remedy: 'let its module load at once: no endless loop, wait or process.exit outside its functions',
          cause: error,
        });
      }
      const { check, index, total, isBasis } = next;
      const found = (error as Error).message;
      const ended = error instanceof WorkerEnded ? error.ending.status : undefined;
      findings.push({
        check,
        status: 'fail',
        found,
        remedy: ended === undefined ? 'see the message' : REMEDY,
      });
      from = index + 1;
      // A step that hangs would hang in each of them, for the whole limit.
      if (isBasis || ended === 'timeout') {
        findings.push(...notRun(total - from, isBasis ? `they need '${check}'` : 'they may hang too'));
        break;
      }
      if (from >= total) break;
    } finally {
      await worker.end();
      if (worker.output) onOutput?.(worker.output);
    }
  }
  return { kind, name, version: manifest.version, findings };
}

const REMEDY = 'end every loop also where a value is NaN, and do not end the process';
