// Whatever ends a run while XLA works in native code becomes the status that it should be, and no process is left.

import { readFileSync } from 'node:fs';
import type { Cell, CellEvent } from '@gaussmark/cell';
import type { Registry } from '@gaussmark/core';
import { makePlan, runCellInProcess } from '@gaussmark/harness';
import { beforeAll, describe, expect, it } from 'vitest';
import { installedPlugin, VARIABLE } from '../../engine-xla/src/plugins/find.js';
import { temporaryDirectory, workspaceRegistry } from './fixtures.js';

const WITHOUT = `no XLA plugin for the CPU here (bench engine install xla-cpu, or ${VARIABLE})`;
const plugin = installedPlugin('cpu')?.file;

/** Steps of seconds, with gigabytes of activations. */
const SIZE = 20_000;
const PROBLEM = `sine[trainSize=${SIZE},testSize=10]+mlp[hidden=[2000,2000]]`;
const LIMITS = { seconds: 120, bytes: 2 ** 34 };

const children = () =>
  readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')
    .split(' ')
    .filter(Boolean)
    .map(Number);

describe.skipIf(plugin === undefined || process.platform !== 'linux')(`runs (${plugin ?? WITHOUT})`, () => {
  const directory = temporaryDirectory();
  let registry: Registry;
  let cell: Cell;
  beforeAll(async () => {
    registry = await workspaceRegistry();
    const request = { problems: [PROBLEM], optimizers: ['sgd'], engines: ['xla[threads=1]'], seeds: [1] };
    const terms = { batchSize: SIZE, budget: { steps: 1000 } };
    [cell] = (await makePlan({ ...request, ...terms }, registry, directory.locations)).cells as [Cell];
  });

  /** Runs the cell; `act` happens while its first step runs. */
  async function run(act: () => void, limits = LIMITS, signal?: AbortSignal) {
    const before = new Set(children());
    const onEvent = (event: CellEvent) => {
      if (event.type === 'phase' && event.phase === 'train') setTimeout(act, 500);
    };
    const locations = { ...directory.locations, plugins: registry.plugins };
    try {
      return await runCellInProcess(cell, locations, {
        limits,
        onEvent,
        ...(signal === undefined ? {} : { signal }),
      });
    } finally {
      expect(children().filter((pid) => !before.has(pid))).toEqual([]);
    }
  }

  it('that are killed fail with the signal', async () => {
    const { status, reason } = await run(() => {
      for (const pid of children()) process.kill(pid, 'SIGKILL');
    });
    expect([status, reason]).toEqual(['failed', expect.stringMatching(/killed by SIGKILL/)]);
  });

  it('that are stopped end at once', async () => {
    const stop = new AbortController();
    let stopped = 0;
    const ended = run(
      () => {
        stopped = performance.now();
        stop.abort(new Error('stopped'));
      },
      LIMITS,
      stop.signal,
    );
    await expect(ended).rejects.toThrow('stopped');
    expect(performance.now() - stopped).toBeLessThan(5000);
  });

  it('beyond their time are timeouts', async () => {
    const { status, reason } = await run(() => {}, { ...LIMITS, seconds: 8 });
    expect([status, reason]).toEqual(['timeout', expect.stringMatching(/8 s/)]);
  });

  it('beyond their memory are out of memory', async () => {
    const { status, reason } = await run(() => {}, { ...LIMITS, bytes: 700 * 2 ** 20 });
    expect([status, reason]).toEqual(['out-of-memory', expect.stringMatching(/700 MiB/)]);
  });
});
