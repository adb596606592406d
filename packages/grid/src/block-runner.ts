// Runs blocks on a worker: proves that it would compute what was submitted, then runs what has no record yet.

import os from 'node:os';
import type { Cell, Locations } from '@gaussmark/cell';
import { defined, discover, GaussmarkError, type Registry } from '@gaussmark/core';
import {
  CELL_FACTS,
  decide,
  describeEnvironment,
  type Identity,
  identify,
  type Plan,
  type PlanEvent,
  RETRYABLE,
  runAndRecord,
  Store,
} from '@gaussmark/harness';
import { knownPlugins, PluginHost } from '@gaussmark/worker';
import { tooFewProcessors } from './processors.js';
import type { CellEnd, TaskEnd } from './task-end.js';
import { differencesOf, type Versions, versionsOf } from './versions.js';

/** A block for a worker. JSON: it may travel through a queue. */
export interface BlockWork {
  readonly cells: readonly { readonly index: number; readonly cell: Cell; readonly identity: Identity }[];
  readonly problems: Plan['problems'];
  readonly versions: Versions;
  /** Runs at once on this machine, as far as known. */
  readonly jobs: number;
}

export interface BlockOptions {
  /** For the records: the folder of the task. */
  readonly directory: string;
  readonly signal: AbortSignal;
  /** Why to begin no more runs; undefined to go on. */
  readonly stop?: () => string | undefined | Promise<string | undefined>;
  /** Called after each run. */
  readonly onEnd?: (cell: Cell, end: CellEnd) => void | Promise<void>;
  readonly onEvent?: (event: PlanEvent) => void;
}

/** Keeps plugins, engines and data between blocks. */
export class BlockRunner {
  #registry: Promise<Registry> | undefined;
  readonly #host = new PluginHost({ purpose: 'checking the versions', prepare: CELL_FACTS });

  constructor(private readonly locations: Locations) {}

  /**
   * Runs a block. Runs that have a record in the task's folder, such as those of a worker that was preempted, do not run again.
   *
   * @returns how it ended; `refused` if this worker has other versions, plugins or data
   * @throws StorageError if a record cannot be stored
   */
  async run(work: BlockWork, options: BlockOptions): Promise<TaskEnd> {
    const end = (status: TaskEnd['status'], cells: TaskEnd['cells'], reason?: string): TaskEnd => ({
      status,
      ...defined({ reason }),
      cells,
      host: os.hostname(),
      finished: new Date().toISOString(),
    });
    let engines: Plan['engines'];
    try {
      engines = await this.#verify(work);
    } catch (error) {
      if (!(error instanceof GaussmarkError)) throw error;
      return end('refused', {}, error.message);
    }
    const { cells, reason } = await this.#perform(work, engines, options);
    const isComplete = work.cells.every(({ index }) => index in cells);
    return isComplete ? end('ended', cells) : end('stopped', cells, reason ?? 'the worker was told to stop');
  }

  async stop(): Promise<void> {
    await this.#host.stop();
  }

  /** @throws GaussmarkError if this worker would compute something else, or cannot compute it */
  async #verify({ cells, problems, versions }: BlockWork): Promise<Plan['engines']> {
    const { cwd, workspaceRoot, extra } = this.locations;
    this.#registry ??= discover(defined({ cwd, workspaceRoot, extra }));
    const registry = await this.#registry;
    const all = cells.map(({ cell }) => cell);
    const facts = await this.#host.ask(CELL_FACTS, {
      cells: all,
      known: knownPlugins(registry),
      locations: this.locations,
    });
    const own = problems.map((problem) => ({
      ...problem,
      dataset: { ...problem.dataset, checksums: { ...facts.checksums[problem.name] } },
    }));
    const identities = await identify({ cells: all, problems: own, engines: facts.engines }, registry);
    const here = versionsOf(all, facts.engines, registry);
    const different = new Set(
      cells.flatMap(({ cell, identity }, i) =>
        identities[i]!.key === identity.key
          ? []
          : differencesOf(cell, { identity, versions }, { identity: identities[i]!, versions: here }),
      ),
    );
    if (different.size === 0) return facts.engines;
    throw new GaussmarkError(`${os.hostname()} would compute something else than was submitted`, {
      expected: 'the same versions, plugins and data as at the submission',
      got: [...different].join('; '),
      remedy: 'install the same on both, then bench grid retry',
    });
  }

  async #perform(
    work: BlockWork,
    engines: Plan['engines'],
    { directory, signal, stop = () => undefined, onEnd, onEvent = () => {} }: BlockOptions,
  ): Promise<{ readonly cells: Record<number, CellEnd>; readonly reason: string | undefined }> {
    const cells = work.cells.map(({ cell }) => cell);
    const indices = new Map(work.cells.map(({ cell, index }) => [cell.id, index]));
    const plan: Plan = { title: '', cells, problems: work.problems, skipped: [], engines };
    const identities = work.cells.map(({ identity }) => identity);
    const store = Store.open(directory);
    const stopping = new AbortController();
    let reason = await stop();
    if (reason !== undefined) stopping.abort();
    const threads = Math.max(
      1,
      ...Object.values(engines).map((info) => (typeof info.threads === 'number' ? info.threads : 1)),
    );
    const environment = await describeEnvironment(
      engines,
      this.locations.workspaceRoot ?? this.locations.cwd,
      work.jobs,
    );
    const told: Record<number, CellEnd> = {};
    try {
      const registry = await this.#registry!;
      const outcomes = await runAndRecord(plan, {
        identities,
        decisions: decide(cells, identities, store),
        store,
        locations: { ...this.locations, plugins: registry.plugins },
        environment,
        jobs: 1,
        machine: defined({ jobs: work.jobs, distrust: tooFewProcessors(threads) }),
        signal: AbortSignal.any([signal, stopping.signal]),
        onEvent,
        save: async (outcomes) => {
          for (const { cell, result, wallSeconds } of outcomes()) {
            const index = indices.get(cell.id)!;
            if (index in told || result.status === 'cancelled') continue;
            told[index] = [result.status, wallSeconds ?? result.seconds.total];
            await onEnd?.(cell, told[index]);
          }
          reason ??= await stop();
          if (reason !== undefined) stopping.abort();
        },
      });
      for (const { cell, result, wallSeconds } of outcomes) {
        if (result.status === 'cancelled') continue;
        told[indices.get(cell.id)!] ??= [result.status, wallSeconds ?? result.seconds.total];
      }
      return { cells: told, reason };
    } finally {
      store.close();
    }
  }
}

/** Whether a run counts as a failure of the grid: a diverged one is a result. */
export const isFailure = (status: string): boolean =>
  status !== 'diverged' && (RETRYABLE as readonly string[]).includes(status);
