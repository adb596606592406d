// A worker of a queue: takes blocks from Redis, runs them here with its own plugins, and sends their records back.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Locations } from '@gaussmark/cell';
import { BlockRunner, isFailure } from '../block-runner.js';
import type { QueueSettings } from '../grid-file.js';
import { recordFiles, recordsOf } from '../results.js';
import type { TaskEnd } from '../task-end.js';
import { JOB_SCHEMA, type QueuedBlock } from './bullmq.js';
import { connect, GridKeys, loadQueue, type Parcel } from './redis.js';

export interface QueueWorkerOptions extends QueueSettings {
  /** Where its plugins and data are: no code travels. */
  readonly locations: Locations;
  readonly signal: AbortSignal;
  /** Told what it does, a line each. */
  readonly note: (text: string) => void;
  /** Ends after so many seconds without a block; by default never. */
  readonly idleSeconds?: number;
  /** Milliseconds after which a silent worker counts as gone. */
  readonly lockMilliseconds?: number;
}

const LOCK_MS = 60_000;
/** Between looks for a cancelled grid. */
const LOOK_MS = 2000;
/** How often a block may lose its worker; the grid's `retries` come on top. */
const MOST_LOSSES = 3;

/**
 * Works until the signal aborts, or it has been idle for long enough. Blocks run in processes of their own, so that this process
 * stays free to renew its lock.
 *
 * @throws GaussmarkError if Redis cannot be reached
 */
export async function workOnQueue(options: QueueWorkerOptions): Promise<void> {
  const { queue, prefix, signal, note, idleSeconds, lockMilliseconds = LOCK_MS } = options;
  const { Worker } = await loadQueue();
  const redis = await connect(options, true);
  const runner = new BlockRunner(options.locations);
  const stopWatching = watchLoop(lockMilliseconds, note);
  let resting: NodeJS.Timeout | undefined;
  let rested = () => {};
  const restedLong = new Promise<void>((resolve) => {
    rested = resolve;
  });
  const rest = () => {
    clearTimeout(resting);
    if (idleSeconds !== undefined) resting = setTimeout(rested, 1000 * idleSeconds);
  };
  const worker = new Worker<QueuedBlock>(
    queue,
    async ({ data }) => {
      clearTimeout(resting);
      try {
        await doBlock(data, new GridKeys(redis, prefix, data.grid), runner, options);
      } finally {
        rest();
      }
    },
    {
      connection: redis,
      prefix,
      concurrency: 1,
      lockDuration: lockMilliseconds,
      stalledInterval: lockMilliseconds / 2,
      maxStalledCount: MOST_LOSSES,
    },
  );
  worker.on('error', (error) => note(`queue: ${error.message}`));
  worker.on('lockRenewalFailed', () =>
    note('this worker lost its block to another; both will run it, and their numbers are compared'),
  );
  rest();
  try {
    await worker.waitUntilReady();
    note(`waiting for blocks in ${queue}`);
    await Promise.race([
      restedLong,
      new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener('abort', () => resolve(), { once: true });
      }),
    ]);
  } finally {
    clearTimeout(resting);
    stopWatching();
    await worker.close();
    await runner.stop();
    redis.disconnect();
  }
}

async function doBlock(
  { schema, submission, task, work, maxFailures }: QueuedBlock,
  keys: GridKeys,
  runner: BlockRunner,
  { signal, note }: QueueWorkerOptions,
): Promise<void> {
  const instance = `${new Date().toISOString().replaceAll(/[:.]/g, '-')}-${os.hostname()}-${process.pid}`;
  const send = (parcel: Pick<Parcel, 'line' | 'end'>) => keys.send({ submission, task, instance, ...parcel });
  const finish = async (end: TaskEnd) => {
    await send({ end: JSON.stringify(end) });
    note(`block ${submission}-${task}: ${end.status}${end.reason === undefined ? '' : `: ${end.reason}`}`);
  };
  const stopped = (status: TaskEnd['status'], reason: string): TaskEnd => ({
    status,
    reason,
    cells: {},
    host: os.hostname(),
    finished: new Date().toISOString(),
  });
  if (schema !== JOB_SCHEMA) {
    await finish(stopped('refused', `${os.hostname()} has another version of gaussmark than the submitter`));
    return;
  }
  const ended = await keys.ended(work.cells.map(({ identity }) => identity.key));
  const left = { ...work, cells: work.cells.filter(({ identity }) => !ended.has(identity.key)) };
  const directory = mkdtempSync(path.join(os.tmpdir(), 'gaussmark-block-'));
  const stopping = new AbortController();
  const look = setInterval(() => {
    keys.stopReason(undefined).then(
      (reason) => reason !== undefined && stopping.abort(),
      () => {},
    );
  }, LOOK_MS);
  const sent = new Set<string>();
  try {
    const end = await runner.run(left, {
      directory,
      signal: AbortSignal.any([signal, stopping.signal]),
      stop: () => keys.stopReason(maxFailures),
      onEnd: async (_, [status]) => {
        for (const line of linesOf(directory)) {
          if (sent.has(line)) continue;
          sent.add(line);
          await send({ line });
        }
        for (const { header } of recordsOf(directory).entries) await keys.noteEnded(header.key);
        if (isFailure(status)) await keys.noteFailure();
      },
    });
    await finish(end);
  } catch (error) {
    // A full disk here: another worker may have room.
    await finish(stopped('stopped', (error as Error).message));
  } finally {
    clearInterval(look);
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Whole lines of the records so far. */
function linesOf(directory: string): string[] {
  return recordFiles(directory).flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .slice(0, -1)
      .filter((line) => line !== ''),
  );
}

/** Notices that this process did not get to run for longer than a lock lasts: another worker may have taken its block. */
function watchLoop(lockMilliseconds: number, note: QueueWorkerOptions['note']): () => void {
  const period = Math.min(1000, lockMilliseconds / 4);
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const blocked = now - last - period;
    last = now;
    if (blocked > lockMilliseconds) {
      note(
        `this worker did not answer for ${(blocked / 1000).toFixed(1)} s, longer than its lock; its block may run twice`,
      );
    }
  }, period);
  return () => clearInterval(timer);
}
