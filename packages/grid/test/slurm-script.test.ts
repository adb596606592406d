// What Slurm is told: options, scripts, arrays, and how its answers are read.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cellOf } from '../../harness/test/fixtures.js';
import { arrayJobs, parseTimeLimit, stateOf } from '../src/backends/slurm.js';
import { arrayScript, resourcesOf, sbatchArguments } from '../src/backends/slurm-script.js';
import type { GridSettings } from '../src/grid-file.js';
import { tasksOf } from '../src/status.js';
import { gridBlocks, plannedCells, writeGrid } from './fixtures.js';

const root = mkdtempSync(path.join(tmpdir(), "gaussmark grid's-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

type Slurm = Extract<GridSettings, { backend: 'slurm' }>;
const SLURM: Slurm = {
  backend: 'slurm',
  parallel: 3,
  retries: 2,
  startup: 100,
  requeue: true,
  setup: [],
  optimizers: {},
};
const jobsOf = (seeds: number, longest: number, settings: Slurm = SLURM) => {
  const { blocks, manifest } = writeGrid(path.join(root, 'jobs'), plannedCells(seeds), settings);
  return arrayJobs(
    tasksOf(blocks, () => true),
    'g',
    longest,
    {
      blocks,
      manifest: { schema: 1, ...manifest },
      settings,
    },
  );
};

describe('array jobs', () => {
  it('are split by the longest array, and name all tasks once', () => {
    const jobs = jobsOf(10, 4);
    expect(jobs.map(({ name, tasks }) => [name, tasks])).toEqual([
      ['g-0', [0, 1, 2, 3]],
      ['g-1', [4, 5, 6, 7]],
      ['g-2', [8, 9]],
    ]);
  });

  it('end after the limits of their runs: 300 s + 30 s per step, for 10 steps each, 10 s for a process, and start-up', () => {
    expect(jobsOf(1, 4)[0]!.seconds).toBe(100 + 2 * (300 + 300 + 10));
  });

  it('are apart where blocks need different resources', () => {
    const cells = [cellOf('sine10', 'sgd', 1), cellOf('sine10', 'sgn', 2), cellOf('sine10', 'sgd', 3)];
    const settings = { ...SLURM, optimizers: { sgn: { gres: 'gpu:1' } } };
    const { blocks, manifest } = writeGrid(path.join(root, 'needs'), cells, settings);
    const jobs = arrayJobs(
      tasksOf(blocks, () => true),
      'g',
      10,
      {
        blocks,
        manifest: { schema: 1, ...manifest },
        settings,
      },
    );
    expect(jobs.map(({ tasks, resources }) => [tasks, resources])).toEqual([
      [[0, 2], {}],
      [[1], { gres: 'gpu:1' }],
    ]);
  });

  it('refuse contestants that need different values of one resource', () => {
    const [block] = gridBlocks(plannedCells(1));
    const needs = (sgd: string, sgn: string) => ({
      ...SLURM,
      optimizers: { sgd: { gres: sgd }, sgn: { gres: sgn } },
    });
    expect(resourcesOf(block!, needs('gpu:1', 'gpu:1'))).toEqual({ gres: 'gpu:1' });
    expect(() => resourcesOf(block!, needs('gpu:1', 'gpu:2'))).toThrow(/different values of 'gres'/);
  });
});

it('sbatch gets every option as one argument', () => {
  const [job] = jobsOf(2, 10, {
    ...SLURM,
    constraint: 'a b',
    memory: 2 ** 31,
    exclusive: true,
    account: 'x',
  });
  const args = sbatchArguments({ ...job!, seconds: 90_000 }, SLURM, { logs: '/a 50%/logs', cwd: '/c d' });
  expect(args).toEqual([
    '--parsable',
    '--job-name=g-0',
    '--array=0-1%3',
    '--nodes=1',
    '--ntasks=1',
    '--cpus-per-task=1',
    '--time=1-01:00:00',
    '--output=/a 50%%/logs/g-0-%a.log',
    '--open-mode=append',
    '--chdir=/c d',
    '--requeue',
    '--mem=2048M',
    '--exclusive',
    '--account=x',
    '--constraint=a b',
  ]);
});

it("a script passes blanks and quotes on, and runs the setup's lines as they are", () => {
  const { manifest } = writeGrid(path.join(root, 'script'), plannedCells(1));
  const settings = { ...SLURM, setup: ['export GREETING="it\'s  me"'] };
  const program = path.join(root, "print it's.mjs");
  writeFileSync(program, 'console.log(JSON.stringify([process.env.GREETING, ...process.argv.slice(2)]))');
  const [job] = jobsOf(2, 10);
  const script = arrayScript(
    { ...job!, tasks: [4, 7] },
    12,
    { schema: 1, ...manifest, settings, executable: [process.execPath, program] },
    '/a report\'s "place" $HOME',
  );
  const file = path.join(root, 'job.sh');
  writeFileSync(file, script);
  const env = { ...process.env, SLURM_ARRAY_TASK_ID: '1' };
  expect(JSON.parse(execFileSync('bash', [file], { env, encoding: 'utf8' }))).toEqual([
    "it's  me",
    'grid',
    'work',
    '/a report\'s "place" $HOME',
    '--submission',
    '12',
    '--task',
    '7',
  ]);
});

it('states and time limits are read as Slurm writes them', () => {
  const states = [
    'PENDING',
    'CONFIGURING',
    'REQUEUED',
    'RUNNING',
    'COMPLETING',
    'SUSPENDED',
    'NODE_FAIL',
    'SOMETHING_NEW',
  ];
  expect(states.map(stateOf)).toEqual([
    'pending',
    'pending',
    'pending',
    'running',
    'running',
    'running',
    'gone',
    'pending',
  ]);
  const limits = ['infinite', '10:00', '1:00:00', '2-00:00:30'];
  expect(limits.map(parseTimeLimit)).toEqual([null, 600, 3600, 172_830]);
});
