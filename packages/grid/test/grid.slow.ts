// Grids of real runs on every backend, with the numbers of a local run to the bit, whatever is killed meanwhile.

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { locationsOf, readRecord, Store } from '@gaussmark/harness';
import { afterAll, describe, expect, it } from 'vitest';
import { bench, EXECUTABLE } from '../../cli/test/bench.js';
import { gradientStep, WORKSPACE, writeOptimizer } from '../../harness/test/fixtures.js';
// Built, as its workers are.
import { numbersOf, workOnQueue } from '../dist/index.js';

/** With blanks and a quote, as users have. */
const root = mkdtempSync(path.join(tmpdir(), "gaussmark grid's-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const PLAN = [
  ...['--problem', 'sine[trainSize=60,testSize=20]+mlp[hidden=[4]]', '--batch-size', '20', '--threads', '1'],
  ...['--optimizer', 'sgd[learningRate=0.1,1]', '--seeds', '3', '--epochs', '2', '--json'],
];
const CELLS = 6;

/** The numbers of every run in a report's store, by key. */
function numbersIn(report: string): ReadonlyMap<string, unknown> {
  const store = Store.open(path.join(root, report));
  return new Map([...store.entries()].map((entry) => [entry.header.key, numbersOf(readRecord(entry))]));
}

let local: ReadonlyMap<string, unknown> | undefined;
/** The numbers of a run without a grid. */
async function expected(): Promise<ReadonlyMap<string, unknown>> {
  if (local === undefined) {
    expect((await bench(['run', ...PLAN, '--out', 'plain'], root)).code).toBe(0);
    local = numbersIn('plain');
    expect(local.size).toBe(CELLS);
  }
  return local;
}

function gridFile(name: string, text: string): string {
  writeFileSync(path.join(root, name), text);
  return name;
}

const statusOf = async (report: string) =>
  JSON.parse((await bench(['grid', 'status', report, '--json'], root)).stdout) as {
    counts: Record<string, number>;
    notes: string[];
  };

async function until<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (let i = 0; i < 600; i++) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await sleep(100);
  }
  throw new Error(`waited in vain for ${what}`);
}

describe('on this machine', () => {
  it('survives its submitter and its workers', async () => {
    const grid = gridFile('local.yml', 'backend: local\nparallel: 1\n');
    const submitted = await bench(['run', ...PLAN, '--grid', grid, '--out', 'local', '--detach'], root);
    expect(submitted.code).toBe(0);
    // Kill the worker in the middle of its first block.
    const workers = path.join(root, 'local/grid/workers/1');
    await until(
      'a claim',
      () => existsSync(path.join(root, 'local/grid/tasks/000001/000000/claim.json')) || undefined,
    );
    for (const pid of readdirSync(workers)) process.kill(Number(pid), 'SIGKILL');
    await until('its end', async () => ((await statusOf('local')).counts.running === 0 ? true : undefined));
    expect((await statusOf('local')).counts.lost).toBeGreaterThan(0);
    const attached = await bench(['grid', 'attach', 'local', '--json'], root);
    expect([attached.code, (await statusOf('local')).counts.done]).toEqual([0, CELLS]);
    expect(numbersIn('local')).toEqual(await expected());
    // The same command runs nothing again.
    const again = await bench(['run', ...PLAN, '--out', 'local'], root);
    expect([again.code, again.stderr]).toEqual([
      0,
      expect.stringContaining(`${CELLS} of ${CELLS} runs ended earlier`),
    ]);
  });

  it('refuses a worker whose data or code differ, and names both', async () => {
    const grid = gridFile('refused.yml', 'backend: local\nretries: 0\n');
    await bench(['run', ...PLAN, '--seeds', '1', '--grid', grid, '--out', 'refused', '--detach'], root);
    await until('its end', async () => {
      const { running, pending } = (await statusOf('refused')).counts;
      return running! + pending! === 0 ? true : undefined;
    });
    // As if its results were lost, and another version had submitted it.
    rmSync(path.join(root, 'refused/grid/tasks'), { recursive: true });
    const cells = path.join(root, 'refused/grid/cells.jsonl');
    const manifest = path.join(root, 'refused/grid/manifest.json');
    const [cell] = (JSON.parse(readFileSync(cells, 'utf8').split('\n')[0]!) as { cells: { key: string }[] })
      .cells;
    writeFileSync(cells, readFileSync(cells, 'utf8').replace(cell!.key, 'f'.repeat(64)));
    const text = JSON.parse(readFileSync(manifest, 'utf8')) as {
      table: unknown[];
      versions: Record<string, string>;
    };
    const code = JSON.parse(readFileSync(cells, 'utf8').split('\n')[0]!).cells[0].parts[13] as number;
    text.table[code] = 'ffffffffffff';
    writeFileSync(manifest, JSON.stringify(text));
    const retried = await bench(['grid', 'retry', 'refused', '--json'], root);
    expect(retried.code).toBe(1);
    const { counts, notes } = await statusOf('refused');
    expect(counts.refused).toBeGreaterThan(0);
    expect(notes.join('\n')).toMatch(
      /code of the optimizer \(optimizer 'sgd'\): .*#ffffffffffff submitted, .*#[0-9a-f]{12} here/,
    );
  });

  it('stops after too many failures, which are results', async () => {
    const grid = gridFile('failing.yml', 'backend: local\nmaxFailures: 1\nretries: 0\n');
    const broken = await writeOptimizer(root, 'broken', gradientStep("throw new Error('broken');"));
    const plan = PLAN.map((word) => (word.startsWith('sgd[') ? 'broken,sgd' : word));
    const args = [...plan, '--plugin', path.relative(root, broken), '--grid', grid, '--out', 'failing'];
    const { code } = await bench(['run', ...args], root);
    expect(code).toBe(1);
    const { counts } = await statusOf('failing');
    expect(counts.done).toBeLessThan(CELLS);
    expect(counts.cancelled).toBe(CELLS - counts.done!);
  });
});

const slurmMissing = ['slurmctld', 'slurmd', 'munged'].find((name) => !existsSync(`/usr/sbin/${name}`));
const noSlurm = slurmMissing === undefined ? undefined : `${slurmMissing} is not installed`;

describe.skipIf(noSlurm !== undefined)(
  `on Slurm${noSlurm === undefined ? '' : ` (skipped: ${noSlurm})`}`,
  () => {
    const script = path.join(WORKSPACE, 'scripts/slurm.sh');
    const SLURM_HOME = mkdtempSync(path.join(tmpdir(), 'gaussmark-slurm-'));
    const env = { ...process.env, SLURM_HOME, SLURM_PORT: '17817', SLURM_MAX_ARRAY_SIZE: '2' };
    const pidOf = (name: string) => Number(readFileSync(path.join(SLURM_HOME, `${name}.pid`), 'utf8'));
    afterAll(() => spawnSync(script, ['down'], { env }));

    it('runs arrays that are split, through deaths of its daemons', async () => {
      execFileSync(script, ['up'], { env, stdio: 'pipe' });
      process.env.SLURM_CONF = path.join(SLURM_HOME, 'slurm.conf');
      const grid = gridFile('slurm.yml', `backend: slurm\nparallel: 1\nsetup: ["export GREETING='it''s'"]\n`);
      const checked = await bench(['grid', 'check', grid], root);
      expect([checked.code, checked.stdout]).toEqual([
        0,
        expect.stringContaining('arrays of up to 2 blocks'),
      ]);
      const submitted = await bench(['run', ...PLAN, '--grid', grid, '--out', 'slurm', '--detach'], root);
      expect(submitted.code).toBe(0);
      // Three blocks are two arrays.
      expect(readdirSync(path.join(root, 'slurm/grid/scripts'))).toHaveLength(2);
      await until('a running block', async () =>
        (await statusOf('slurm')).counts.running! > 0 ? true : undefined,
      );
      process.kill(pidOf('slurmctld'), 'SIGKILL');
      process.kill(pidOf('slurmd'), 'SIGKILL');
      // Without a scheduler there is an error, and no claim that runs are lost.
      expect((await bench(['grid', 'status', 'slurm'], root)).code).toBe(2);
      execFileSync(script, ['up'], { env, stdio: 'pipe' });
      const attached = await bench(['grid', 'attach', 'slurm', '--json'], root);
      expect([attached.code, (await statusOf('slurm')).counts.done]).toEqual([0, CELLS]);
      expect(numbersIn('slurm')).toEqual(await expected());
    });

    it('refuses what a partition would end too early, and cancels', async () => {
      const short = gridFile('short.yml', 'backend: slurm\npartition: short\n');
      const refused = await bench(['run', ...PLAN, '--grid', short, '--out', 'short'], root);
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('0-00:10:00')]);
      const grid = gridFile('cancel.yml', 'backend: slurm\n');
      await bench(['run', ...PLAN, '--seeds', '20', '--grid', grid, '--out', 'cancel', '--detach'], root);
      expect((await bench(['grid', 'cancel', 'cancel'], root)).code).toBe(0);
      await until('nothing left', async () => {
        const { counts } = await statusOf('cancel');
        return counts.running! + counts.pending! === 0 ? true : undefined;
      });
      expect((await statusOf('cancel')).counts.cancelled).toBeGreaterThan(30);
    });
  },
);

const noRedis = ['/usr/bin/redis-server', '/usr/local/bin/redis-server'].some((file) => existsSync(file))
  ? undefined
  : 'redis-server is not installed';

describe.skipIf(noRedis !== undefined)(
  `on BullMQ${noRedis === undefined ? '' : ` (skipped: ${noRedis})`}`,
  () => {
    const PORT = 16_398;
    const url = `redis://127.0.0.1:${PORT}`;
    const running = new Set<ChildProcess>();
    afterAll(() => {
      for (const child of running) child.kill('SIGKILL');
    });
    const start = (program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) => {
      const child = spawn(program, args, {
        cwd: root,
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      running.add(child);
      let output = '';
      for (const stream of [child.stdout!, child.stderr!]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          output += text;
        });
      }
      const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
      return { child, ended, output: () => output };
    };
    const redis = async (appendOnly: 'yes' | 'no') => {
      const folder = mkdtempSync(path.join(tmpdir(), 'gaussmark-redis-'));
      const args = [
        '--port',
        String(PORT),
        '--bind',
        '127.0.0.1',
        '--dir',
        folder,
        '--save',
        '',
        '--requirepass',
        'a b',
      ];
      const begin = async () => {
        const server = start('redis-server', [
          ...args,
          '--appendonly',
          appendOnly,
          '--appendfsync',
          'always',
        ]);
        await until('redis', () =>
          server.output().includes('Ready to accept connections') ? true : undefined,
        );
        return server;
      };
      return { folder, begin };
    };
    const password = { GAUSSMARK_REDIS_PASSWORD: 'a b' };
    const worker = (...args: string[]) =>
      start(process.execPath, [EXECUTABLE, 'worker', '--redis', url, ...args], password);

    it.each(['yes', 'no'] as const)(
      'survives its worker and Redis, with appendonly %s',
      async (appendOnly) => {
        Object.assign(process.env, password);
        const { folder, begin } = await redis(appendOnly);
        const first = await begin();
        const out = `queue-${appendOnly}`;
        const grid = gridFile(`${out}.yml`, `backend: bullmq\nurl: ${url}\n`);
        const checked = await bench(['grid', 'check', grid], root);
        expect([checked.code, checked.stdout]).toEqual([
          0,
          expect.stringContaining(`appendonly is ${appendOnly === 'yes' ? 'on' : 'off'}`),
        ]);
        expect((await bench(['run', ...PLAN, '--grid', grid, '--out', out, '--detach'], root)).code).toBe(0);
        const victim = worker();
        await until('a running block', async () =>
          (await statusOf(out)).counts.running! > 0 ? true : undefined,
        );
        victim.child.kill('SIGKILL');
        first.child.kill('SIGKILL');
        await Promise.all([victim.ended, first.ended]);
        // Without Redis there is an error, and no claim that runs are lost.
        expect((await bench(['grid', 'status', out], root)).code).toBe(2);
        const second = await begin();
        const { counts } = await statusOf(out);
        expect(counts.lost! > 0).toBe(appendOnly === 'no');
        const helper = worker('--idle', '60s');
        const attached = await bench(['grid', 'attach', out, '--json'], root);
        expect([attached.code, (await statusOf(out)).counts.done]).toEqual([0, CELLS]);
        expect(numbersIn(out)).toEqual(await expected());
        helper.child.kill('SIGKILL');
        second.child.kill('SIGKILL');
        await Promise.all([helper.ended, second.ended]);
        rmSync(folder, { recursive: true, force: true });
      },
      180_000,
    );

    it('runs a cell of several lock periods once, and notices a loop that was blocked', async () => {
      Object.assign(process.env, password);
      const { folder, begin } = await redis('no');
      const server = await begin();
      const grid = gridFile('long.yml', `backend: bullmq\nurl: ${url}\nqueue: long\n`);
      const plan = PLAN.map((word) => (word.startsWith('sgd[') ? 'sgd[learningRate=0.01,0.1]' : word));
      const ends = ['--seeds', '1', '--epochs', '100000000', '--timeout', '7'];
      const long = [...plan, ...ends, '--grid', grid, '--out', 'long', '--detach'];
      expect((await bench(['run', ...long], root)).code).toBe(0);
      const notes: string[] = [];
      const stopping = new AbortController();
      const lockMilliseconds = 4000;
      const locations = locationsOf(root);
      const common = {
        url,
        queue: 'long',
        prefix: 'gaussmark',
        locations,
        signal: stopping.signal,
        lockMilliseconds,
      };
      const works = [1, 2].map((each) =>
        workOnQueue({ ...common, note: (text) => notes.push(`${each} ${text}`) }),
      );
      // Two runs of 7 s in one block: three lock periods, with a second worker waiting for it.
      await until('the end', async () =>
        (await statusOf('long')).counts.running === 0 && notes.some((note) => note.includes('ended'))
          ? true
          : undefined,
      );
      expect(notes.filter((note) => !note.includes('waiting for'))).toEqual([
        expect.stringMatching(/^[12] block 1-0: ended$/),
      ]);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3 * lockMilliseconds);
      await until('a note', () => (notes.some((note) => note.includes('did not answer')) ? true : undefined));
      stopping.abort();
      await Promise.all(works);
      const collected = await bench(['grid', 'collect', 'long', '--json'], root);
      const report = JSON.parse(collected.stdout) as { runs: { status: string }[] };
      expect(report.runs.map(({ status }) => status)).toEqual(['timeout', 'timeout']);
      expect(collected.stderr).not.toContain('ran twice');
      server.child.kill('SIGKILL');
      await server.ended;
      rmSync(folder, { recursive: true, force: true });
    }, 120_000);
  },
);
