// The Redis of a queue: its connection, and what a grid keeps there besides BullMQ's jobs.

import { GaussmarkError } from '@gaussmark/core';
import type { Redis } from 'ioredis';
import type { TaskId } from '../folder.js';
import { PASSWORD_VARIABLE, type QueueSettings } from '../grid-file.js';

/** Milliseconds for a connection. */
const CONNECT_MS = 10_000;

/** What a worker sends: the line of a record, or the end of a task. */
export interface Parcel extends TaskId {
  /** Of the process that sends it: its records form one file. */
  readonly instance: string;
  readonly line?: string;
  /** A TaskEnd, as JSON. */
  readonly end?: string;
}

/**
 * Loads the optional packages of this backend.
 *
 * @throws GaussmarkError if they are not installed
 */
export async function loadQueue(): Promise<QueuePackages> {
  try {
    const [{ Queue, Worker }, { Redis }] = await Promise.all([import('bullmq'), import('ioredis')]);
    return { Queue, Worker, Redis };
  } catch (cause) {
    throw new GaussmarkError("the backend 'bullmq' needs two packages that are not installed", {
      expected: 'bullmq and ioredis',
      got: (cause as Error).message,
      remedy: 'npm install bullmq ioredis',
      cause,
    });
  }
}

interface QueuePackages extends Pick<typeof import('bullmq'), 'Queue' | 'Worker'> {
  readonly Redis: typeof Redis;
}

/**
 * Connects to Redis.
 *
 * @param patient whether commands wait for a Redis that went away, as a worker does
 * @throws GaussmarkError if there is none, or it refuses
 */
export async function connect({ url }: Pick<QueueSettings, 'url'>, patient: boolean): Promise<Redis> {
  const { Redis } = await loadQueue();
  const password = process.env[PASSWORD_VARIABLE];
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    maxRetriesPerRequest: patient ? null : 2,
    retryStrategy: (times) => Math.min(2000, 100 * times),
    ...(password === undefined ? {} : { password }),
  });
  let failure: Error | undefined;
  // Without a listener, ioredis prints every error.
  redis.on('error', (error) => {
    failure = error;
  });
  try {
    await redis.connect();
    await redis.ping();
    return redis;
  } catch (cause) {
    redis.disconnect();
    throw unreachable(url, failure ?? (cause as Error));
  }
}

export const unreachable = (url: string, cause: Error) =>
  new GaussmarkError(`Redis at ${withoutPassword(url)} cannot be reached`, {
    got: cause.message,
    remedy: `check the address, the network and ${PASSWORD_VARIABLE}`,
    cause,
  });

const withoutPassword = (url: string): string => {
  if (!URL.canParse(url)) return url;
  const shown = new URL(url);
  if (shown.password !== '') shown.password = '***';
  return shown.href;
};

/** Days that Redis keeps the notes of a grid which nobody continues. */
const DAYS = 30;

/** What a grid keeps in Redis: parcels on their way, failures, runs that have ended, and whether to stop. */
export class GridKeys {
  constructor(
    private readonly redis: Redis,
    private readonly prefix: string,
    private readonly grid: string,
  ) {}

  #key(name: string): string {
    return `${this.prefix}:grid:${this.grid}:${name}`;
  }

  /** Sends a parcel; returns when Redis has it. */
  async send(parcel: Parcel): Promise<void> {
    await this.redis.xadd(this.#key('parcels'), '*', 'parcel', JSON.stringify(parcel));
  }

  /** The oldest parcels, with their ids. */
  async parcels(most: number): Promise<[id: string, parcel: Parcel][]> {
    const found = await this.redis.xrange(this.#key('parcels'), '-', '+', 'COUNT', most);
    return found.map(([id, fields]) => [id, JSON.parse(fields[1]!) as Parcel]);
  }

  /** Removes parcels that have been written to disk. */
  async discard(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.redis.xdel(this.#key('parcels'), ...ids);
  }

  /** Notes that a run has a record, so that another worker of its block does not repeat it. */
  async noteEnded(key: string): Promise<void> {
    await this.redis
      .multi()
      .sadd(this.#key('ended'), key)
      .expire(this.#key('ended'), DAYS * 86_400)
      .exec();
  }

  /** Which of some runs have a record. */
  async ended(keys: readonly string[]): Promise<Set<string>> {
    if (keys.length === 0) return new Set();
    const found = await this.redis.smismember(this.#key('ended'), ...keys);
    return new Set(keys.filter((_, i) => found[i] === 1));
  }

  /** Lets runs begin again, also those of `keys` that have ended. */
  async reopen(keys: readonly string[]): Promise<void> {
    await this.redis.del(this.#key('stop'), this.#key('failures'));
    for (let start = 0; start < keys.length; start += 1000) {
      await this.redis.srem(this.#key('ended'), ...keys.slice(start, start + 1000));
    }
  }

  async noteFailure(): Promise<void> {
    await this.redis
      .multi()
      .incr(this.#key('failures'))
      .expire(this.#key('failures'), DAYS * 86_400)
      .exec();
  }

  async stop(reason: string): Promise<void> {
    await this.redis.set(this.#key('stop'), reason, 'EX', DAYS * 86_400);
  }

  /** Why no more runs begin; undefined if they do. */
  async stopReason(maxFailures: number | undefined): Promise<string | undefined> {
    const [stop, failures] = await this.redis.mget(this.#key('stop'), this.#key('failures'));
    if (stop !== null && stop !== undefined) return stop;
    if (maxFailures === undefined || Number(failures ?? 0) < maxFailures) return undefined;
    return `${maxFailures} runs have failed (maxFailures)`;
  }
}
