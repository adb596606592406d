// A grid: a plan that runs on many machines. Opened from its folder by any command; the submitter need not live.

import { randomUUID } from 'node:crypto';
import { existsSync, renameSync, rmSync } from 'node:fs';
import type { Cell } from '@gaussmark/cell';
import { GaussmarkError, type Registry } from '@gaussmark/core';
import { type Decision, type Identity, type Plan, type Retryable, Store } from '@gaussmark/harness';
import type { Backend } from './backend.js';
import { openBackend } from './backends/index.js';
import { blocksOf } from './blocks.js';
import { Collector } from './collector.js';
import { GridFolder } from './folder.js';
import type { GridSettings } from './grid-file.js';
import { type GridBlock, type Manifest, readManifest, writeManifest } from './manifest.js';
import { ResultsReader } from './results.js';
import { type GridStatus, statusOf, tasksOf } from './status.js';
import { readSubmission, type Submission, writeSubmission } from './submission.js';
import { versionsOf } from './versions.js';

/** What a new grid is made of. */
export interface GridInput
  extends Pick<Manifest, 'command' | 'title' | 'settings' | 'cwd' | 'plugins' | 'executable'> {
  readonly plan: Plan;
  readonly identities: readonly Identity[];
  /** Stored runs are not submitted. */
  readonly decisions: readonly Decision[];
  readonly registry: Registry;
}

export class Grid {
  readonly #results: ResultsReader;
  readonly #indices: ReadonlyMap<string, number>;
  #submissions: Submission[] = [];

  private constructor(
    readonly folder: GridFolder,
    readonly manifest: Manifest,
    readonly blocks: readonly GridBlock[],
    private readonly backend: Backend,
  ) {
    this.#indices = new Map(
      blocks.flatMap(({ cells }) => cells.map(({ identity, index }) => [identity.key, index] as const)),
    );
    this.#results = new ResultsReader(folder, this.#indices);
  }

  /**
   * Writes a grid into a report's directory; submits nothing.
   *
   * @throws GaussmarkError if an unfinished grid is there; StorageError if it cannot be written
   */
  static async create(directory: string, input: GridInput): Promise<Grid> {
    const { plan, identities, decisions, registry, ...rest } = input;
    const folder = new GridFolder(directory);
    await setGridAside(folder);
    const { cells, ...shared } = plan;
    const blocks = blocksOf(cells).map(({ cells: indices, ...block }) => ({
      ...block,
      cells: indices.map((index) => {
        const decision = decisions[index]!;
        return {
          index,
          cell: cells[index]!,
          identity: identities[index]!,
          ...(decision.kind === 'stored' ? { stored: decision.entry.header.status } : {}),
        };
      }),
    }));
    const versions = versionsOf(cells, plan.engines, registry);
    const manifest = {
      id: randomUUID(),
      created: new Date().toISOString(),
      ...rest,
      plan: shared,
      versions,
      cellCount: cells.length,
    };
    writeManifest(folder, manifest, blocks);
    return Grid.open(directory);
  }

  /** @throws GaussmarkError if there is none, or its backend is not available */
  static async open(directory: string): Promise<Grid> {
    const folder = new GridFolder(directory);
    const { manifest, blocks } = readManifest(folder);
    const backend = await openBackend({ folder, manifest, settings: manifest.settings, blocks });
    return new Grid(folder, manifest, blocks, backend);
  }

  get graceSeconds(): number {
    return this.backend.graceSeconds;
  }

  get settings(): GridSettings {
    return this.manifest.settings;
  }

  /** The planned runs, in order. */
  cells(): Cell[] {
    const cells: Cell[] = [];
    for (const block of this.blocks) for (const { index, cell } of block.cells) cells[index] = cell;
    return cells;
  }

  /** Keys of the planned runs, in order. */
  keys(): string[] {
    const keys: string[] = [];
    for (const [key, index] of this.#indices) keys[index] = key;
    return keys;
  }

  submissions(): readonly Submission[] {
    for (const number of this.folder.submissions().slice(this.#submissions.length)) {
      this.#submissions.push(readSubmission(this.folder, number));
    }
    return this.#submissions;
  }

  /**
   * Submits runs, as blocks; undefined if there is none.
   *
   * @param wanted by index in the plan; by default all that are not stored
   * @throws GaussmarkError if the backend refuses them
   */
  async submit(wanted?: (index: number) => boolean, reason = 'all'): Promise<Submission | undefined> {
    const stored = new Set(
      this.blocks.flatMap(({ cells }) =>
        cells.filter((each) => each.stored !== undefined).map(({ index }) => index),
      ),
    );
    const tasks = tasksOf(this.blocks, wanted ?? ((index) => !stored.has(index)));
    if (tasks.length === 0) return undefined;
    await this.backend.check(tasks);
    const submission = writeSubmission(this.folder, tasks, reason);
    await this.backend.submit(submission);
    return submission;
  }

  /** @throws GaussmarkError if the backend cannot be reached */
  async status(): Promise<GridStatus> {
    const submissions = this.submissions();
    // Asked first: what ends meanwhile has its records by then.
    const states = await this.backend.states(submissions);
    return statusOf({
      blocks: this.blocks,
      submissions,
      results: this.#results,
      states,
      stopReason: this.folder.stopReason(),
    });
  }

  /** A collector of records into the store of the report. */
  collector(target: Store = Store.open(this.folder.report)): Collector {
    return new Collector(this.folder, this.#indices, target);
  }

  /** Brings records here from machines without this disk. */
  async fetch(): Promise<void> {
    await this.backend.fetch();
  }

  /** Ends waiting and running blocks; no worker begins another run. */
  async cancel(reason: string): Promise<void> {
    this.folder.stop(reason);
    await this.backend.cancel(this.submissions());
  }

  /**
   * Submits again what was lost, refused or cancelled, and runs that ended with certain statuses.
   *
   * @returns the submission; undefined if nothing is missing
   */
  async retry(statuses: readonly Retryable[] = []): Promise<Submission | undefined> {
    const { cells } = await this.status();
    const wanted = (index: number): boolean => {
      const { state, status } = cells[index]!;
      if (state === 'done') return (statuses as readonly (string | undefined)[]).includes(status);
      return state === 'lost' || state === 'refused' || state === 'cancelled';
    };
    rmSync(this.folder.stopFile, { force: true });
    rmSync(this.folder.file('failures'), { recursive: true, force: true });
    return this.submit(wanted, ['missing', ...statuses].join(','));
  }

  async close(): Promise<void> {
    await this.backend.close();
  }
}

/** Moves an ended grid away; its records are in the report's store. */
async function setGridAside(folder: GridFolder): Promise<void> {
  if (!existsSync(folder.file('manifest.json'))) return;
  const grid = await Grid.open(folder.report);
  try {
    const { counts } = await grid.status();
    const unfinished = counts.pending + counts.running;
    if (unfinished > 0) {
      throw new GaussmarkError(`a grid is running in ${folder.report}`, {
        got: `${unfinished} unfinished runs`,
        remedy: 'follow it with bench grid attach, end it with bench grid cancel, or choose another --out',
      });
    }
    grid.collector().collect(grid.submissions());
  } finally {
    await grid.close();
  }
  const time = new Date().toISOString().replaceAll(/[:.]/g, '-');
  renameSync(folder.directory, `${folder.directory}-${time}`);
}
