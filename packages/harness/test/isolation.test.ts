// Cells in processes of their own: whatever a plugin does ends only that process, with the right status.

import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
// The built package: Node runs the worker's file.
import type { Cell, CellEvent } from '@gaussmark/cell';
import { defined, discover, type Registry } from '@gaussmark/core';
import { makePlan, runCellInProcess } from '@gaussmark/harness';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Locations } from '../../cell/src/cell.js';
import { limitsOf } from '../src/run/limits.js';
import { reasonToDistrust } from '../src/run/run-conditions.js';
import { gradientStep, temporaryDirectory, WORKSPACE, writeOptimizer } from './fixtures.js';

const directory = temporaryDirectory();
const LIMITS = { seconds: 60, bytes: 2 ** 31 };
const BAD = {
  spins: gradientStep('for (;;) {}'),
  aborts: gradientStep('process.abort();'),
  throws: gradientStep("throw new Error('no step today');"),
  rejects: gradientStep("Promise.reject(new Error('nobody waits for this'));"),
  leaves: gradientStep('process.exit(0);'),
  buffers: gradientStep('const all = []; for (;;) all.push(new Uint8Array(2 ** 24).fill(1));'),
  heap: gradientStep('let list = []; for (;;) list = [list, Array.from({ length: 1000 }, () => ({}))];'),
  child: gradientStep(
    "spawnSync(process.execPath, ['-e', 'const a = []; for (;;) a.push(new Uint8Array(2 ** 24).fill(1))']);",
  ),
  lingers: gradientStep("process.on('exit', () => { for (;;) {} });"),
  good: gradientStep(''),
} as const;
type Name = keyof typeof BAD;

let registry: Registry;
let locations: Locations;
let cells: Record<string, Cell>;
beforeAll(async () => {
  const folders: string[] = [];
  for (const [name, create] of Object.entries(BAD)) {
    const imports = "import { spawnSync } from 'node:child_process';";
    folders.push(await writeOptimizer(directory.path, name, create, imports));
  }
  locations = { ...directory.locations, extra: folders };
  registry = await discover({ cwd: WORKSPACE, workspaceRoot: WORKSPACE, extra: folders });
  const request = { problems: ['boston'], optimizers: Object.keys(BAD), seeds: [1], budget: { steps: 2 } };
  const plan = await makePlan(request, registry, locations);
  cells = Object.fromEntries(plan.cells.map((cell) => [cell.optimizer.name, cell]));
});

const run = (name: Name, limits = LIMITS, onEvent: (event: CellEvent) => void = () => {}) =>
  runCellInProcess(cells[name]!, locations, { limits, onEvent });

describe.concurrent('a plugin that', () => {
  it('spins is ended as an endless loop', async () => {
    const start = performance.now();
    const { status, reason } = await run('spins', { ...LIMITS, seconds: 8 });
    expect(status).toBe('timeout');
    expect(reason).toMatch(/JavaScript ran for 2 s/);
    expect(performance.now() - start).toBeLessThan(25_000);
  });

  it('aborts its process fails with the signal', async () => {
    expect(await run('aborts')).toMatchObject({ status: 'failed', reason: expect.stringMatching(/SIGABRT/) });
  });

  it('throws fails with the error and its place', async () => {
    const { status, reason } = await run('throws');
    expect(status).toBe('failed');
    expect(reason).toMatch(/no step today \(at .*throws\/index\.js:\d+/);
  });

  it('forgets a rejected promise fails', async () => {
    const { status, reason } = await run('rejects');
    expect([status, reason]).toEqual(['failed', expect.stringContaining('nobody waits for this')]);
  });

  it('exits silently fails', async () => {
    const { status, reason } = await run('leaves');
    expect([status, reason]).toEqual(['failed', expect.stringContaining('process.exit')]);
  });

  it.skipIf(process.platform !== 'linux')('uses too much memory is out of memory', async () => {
    const { status, reason, peakBytes } = await run('buffers', { ...LIMITS, bytes: 400 * 2 ** 20 });
    expect([status, reason]).toEqual(['out-of-memory', expect.stringMatching(/400 MiB/)]);
    expect(peakBytes).toBeGreaterThan(400 * 2 ** 20);
  });

  it("fills V8's heap is out of memory", async () => {
    const { status, reason } = await run('heap', { ...LIMITS, bytes: 500 * 2 ** 20 });
    expect([status, reason]).toEqual(['out-of-memory', expect.stringMatching(/memory/)]);
  });

  it.skipIf(process.platform !== 'linux')(
    'lets a child process use the memory is out of memory',
    async () => {
      const limits = { ...LIMITS, bytes: 500 * 2 ** 20 };
      expect(await run('child', limits)).toMatchObject({ status: 'out-of-memory' });
    },
  );

  it('prevents its process from exiting delays nothing', async () => {
    expect(await run('lingers')).toMatchObject({ status: 'done', steps: { count: 2 } });
  });

  it('behaves is done, with its memory', async () => {
    const phases: string[] = [];
    const result = await run('good', LIMITS, (event) => event.type === 'phase' && phases.push(event.phase));
    expect(result).toMatchObject({ status: 'done', steps: { count: 2 } });
    expect(phases).toEqual(['load', 'compile', 'train']);
    expect(result.peakBytes).toBeGreaterThan(30 * 2 ** 20);
    expect(result.cpuSeconds).toBeGreaterThan(0.05);
  });
});

it.skipIf(process.platform !== 'linux')('a process ends with its parent, even while it spins', async () => {
  const script = `
    import { runCellInProcess } from ${JSON.stringify(import.meta.resolve('@gaussmark/harness'))};
    const cell = JSON.parse(process.env.CELL), locations = JSON.parse(process.env.LOCATIONS);
    const onEvent = (event) => {
      // From here on the plugin spins.
      if (event.type === 'phase' && event.phase === 'compile') setTimeout(() => process.kill(process.pid, 'SIGKILL'), 700);
    };
    await runCellInProcess(cell, locations, { limits: { seconds: 600, bytes: 2 ** 31 }, onEvent });`;
  const env = {
    ...process.env,
    CELL: JSON.stringify(cells.spins),
    LOCATIONS: JSON.stringify(locations),
  };
  const args = ['--input-type=module', '-e', script];
  await expect(promisify(execFile)(process.execPath, args, { env })).rejects.toMatchObject({
    signal: 'SIGKILL',
  });
  const left = () => processesWith(directory.path);
  const deadline = performance.now() + 5000;
  while (left().length > 0 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(left()).toEqual([]);
});

/** Processes with this text in their environment. */
function processesWith(text: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false;
    try {
      const name = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return name.includes('worker.js') && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(text);
    } catch {
      return false;
    }
  });
}

describe('the limits of a cell', () => {
  it('follow the tightest part of its budget, unless set by the user', () => {
    const seconds = (budget: Cell['budget'], limits?: Cell['limits']) =>
      limitsOf(defined({ budget, limits }), 10, 1).seconds;
    expect(seconds({ seconds: 20 })).toBe(300 + 10 * 20);
    expect(seconds({ steps: 7 })).toBe(300 + 30 * 7);
    expect(seconds({ epochs: 2, steps: 100 })).toBe(300 + 30 * 2 * 10);
    expect(seconds({ epochs: 2 }, { timeout: 4 })).toBe(4);
  });

  it('share the memory among concurrent cells', () => {
    const [one, two] = [1, 2].map((jobs) => limitsOf({ budget: { steps: 1 } }, 1, jobs).bytes);
    expect(two! / one!).toBeCloseTo(0.5, 6);
    expect(limitsOf({ budget: { steps: 1 }, limits: { memory: 2 ** 30 } }, 1, 2).bytes).toBe(2 ** 30);
  });
});

describe('timings are distrusted', () => {
  it.each([
    [2, 0, 1, 4, /2 runs at once/],
    [1, 1.5, 3, 4, /1\.5 of 4 processors.* 3$/],
    [1, 0.9, 3, 4, undefined],
    [1, null, 3, 4, undefined],
  ])('jobs %d, others %d, threads %d of %d', (jobs, others, threads, cores, reason) => {
    const text = reasonToDistrust(jobs, others, threads, cores);
    if (reason === undefined) expect(text).toBeUndefined();
    else expect(text).toMatch(reason);
  });
});
