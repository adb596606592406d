// The backend of BullMQ on Redis, for workers without a shared disk: blocks travel as jobs, records come back through a stream.
//
// Redis is a carrier, not a store: what it loses is lost for the backend, and submitted again.

import { appendFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { STORE_FOLDER } from '@gaussmark/harness';
import type { JobType } from 'bullmq';
import type { Backend, BackendContext, TaskState } from '../backend.js';
import type { BlockWork } from '../block-runner.js';
import type { GridSettings, QueueSettings } from '../grid-file.js';
import { type TaskEnd, writeTaskEnd } from '../task-end.js';
import { workOf } from '../work.js';
import { connect, GridKeys, loadQueue, unreachable } from './redis.js';

type Settings = Extract<GridSettings, { backend: 'bullmq' }>;

/** Bumped when a worker of the previous version could misread a job. */
export const JOB_SCHEMA = 1;

/** A block as a job. */
export interface QueuedBlock {
  readonly schema: number;
  readonly grid: string;
  readonly submission: number;
  readonly task: number;
  readonly work: BlockWork;
  readonly maxFailures?: number;
}

/** Jobs sent, and parcels fetched, at once. */
const BATCH = 500;
/** A worker that died is found by the others, at their next check. */
const GRACE_SECONDS = 2;

const WAITING: JobType[] = ['waiting', 'delayed', 'prioritized'];

export async function bullmqBackend(context: BackendContext<Settings>): Promise<Backend> {
  const { folder, manifest, settings, blocks } = context;
  const { Queue } = await loadQueue();
  const redis = await connect(settings, false);
  const queue = new Queue<QueuedBlock>(settings.queue, { connection: redis, prefix: settings.prefix });
  queue.on('error', () => {});
  const keys = new GridKeys(redis, settings.prefix, manifest.id);
  const jobId = (submission: number, task: number) => `${manifest.id}-${submission}-${task}`;
  const reached = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw error;
      throw unreachable(settings.url, error as Error);
    }
  };

  return {
    graceSeconds: GRACE_SECONDS,
    check: async () => {},
    submit: ({ number, tasks }) =>
      reached(async () => {
        const works = tasks.map(({ block, cells }) => workOf(blocks[block]!, cells, manifest, 1));
        await keys.reopen(works.flatMap(({ cells }) => cells.map(({ identity }) => identity.key)));
        for (let start = 0; start < works.length; start += BATCH) {
          await queue.addBulk(
            works.slice(start, start + BATCH).map((work, i) => ({
              name: 'block',
              data: {
                schema: JOB_SCHEMA,
                grid: manifest.id,
                submission: number,
                task: start + i,
                work,
                ...(settings.maxFailures === undefined ? {} : { maxFailures: settings.maxFailures }),
              },
              // A second submission of the same task does not queue it twice.
              opts: { jobId: jobId(number, start + i), removeOnComplete: true, removeOnFail: true },
            })),
          );
        }
      }),
    states: () =>
      reached(async () => {
        const mine = (ids: readonly string[]) => ids.filter((id) => id.startsWith(manifest.id));
        const waiting = mine(await queue.getRanges(WAITING, 0, -1));
        const active = mine(await queue.getRanges(['active'], 0, -1));
        const states = new Map<string, TaskState>(waiting.map((id) => [id, 'pending']));
        let orphans = 0;
        for (const id of active) {
          // A lock that is not renewed lapses: its worker is gone, and another will take the job.
          const isHeld = (await redis.exists(`${queue.toKey(id)}:lock`)) === 1;
          states.set(id, isHeld ? 'running' : 'pending');
          if (!isHeld) orphans += 1;
        }
        const workers = waiting.length + orphans > 0 ? await queue.getWorkersCount() : 1;
        return {
          of: ({ submission, task }) => states.get(jobId(submission, task)) ?? 'gone',
          notes:
            workers > 0
              ? []
              : [`no worker is connected: bench worker --redis ${settings.url} --queue ${settings.queue}`],
        };
      }),
    fetch: () =>
      reached(async () => {
        for (;;) {
          const parcels = await keys.parcels(BATCH);
          if (parcels.length === 0) return;
          for (const [, { submission, task, instance, line, end }] of parcels) {
            const directory = folder.task({ submission, task });
            mkdirSync(path.join(directory, STORE_FOLDER), { recursive: true });
            // A name of its own for each sender, as every process has in a store.
            const name = `${instance.replaceAll(/[^A-Za-z0-9.-]/g, '-')}.jsonl`;
            if (line !== undefined) {
              appendFileSync(path.join(directory, STORE_FOLDER, name), `${line}\n`, { flush: true });
            }
            if (end !== undefined) writeTaskEnd(directory, JSON.parse(end) as TaskEnd);
          }
          await keys.discard(parcels.map(([id]) => id));
        }
      }),
    cancel: () =>
      reached(async () => {
        await keys.stop('cancelled');
        const waiting = await queue.getRanges(WAITING, 0, -1);
        for (const id of waiting.filter((each) => each.startsWith(manifest.id))) await queue.remove(id);
      }),
    close: async () => {
      await queue.close().catch(() => {});
      redis.disconnect();
    },
  };
}

/**
 * What `bench grid check` shows of a queue.
 *
 * @throws GaussmarkError if Redis cannot be reached
 */
export async function queueFacts(settings: QueueSettings): Promise<string[]> {
  const { Queue } = await loadQueue();
  const redis = await connect(settings, false);
  try {
    const info = await redis.info();
    const value = (name: string) => new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim();
    const policy = value('maxmemory_policy') ?? 'unknown';
    const queue = new Queue(settings.queue, { connection: redis, prefix: settings.prefix });
    const workers = await queue.getWorkersCount();
    await queue.close();
    return [
      `Redis ${value('redis_version')}: queue ${settings.queue}, ${workers} workers connected`,
      value('aof_enabled') === '1'
        ? 'appendonly is on: blocks survive a restart of Redis'
        : 'appendonly is off: a restart of Redis loses blocks, which are then submitted again',
      ...(policy === 'noeviction'
        ? []
        : [`maxmemory-policy is ${policy}: set noeviction, or Redis drops blocks`]),
    ];
  } finally {
    redis.disconnect();
  }
}
