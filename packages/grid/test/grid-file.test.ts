// Grid files: defaults, units, and mistakes that name the key and the nearest one.

import { GaussmarkError } from '@gaussmark/core';
import { describe, expect, it } from 'vitest';
import { parseGrid } from '../src/grid-file.js';
import { formatTimeLimit } from '../src/time-limit.js';

async function errorOf(text: string): Promise<GaussmarkError> {
  const error = await parseGrid(text, 'grid.yml').catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(GaussmarkError);
  return error as GaussmarkError;
}

describe('a grid file', () => {
  it('has defaults', async () => {
    expect(await parseGrid('backend: local', 'grid.yml')).toEqual({
      backend: 'local',
      parallel: 1,
      retries: 2,
      startup: 120,
    });
  });

  it('reads times as seconds, memory as bytes, and the needs of single optimizers', async () => {
    const text = `
backend: slurm
startup: 10min
memory: 2GiB
setup: ["module load node", "echo 'it''s here'"]
optimizers:
  sgn: { gres: "gpu:1", memory: 500MB }
`;
    expect(await parseGrid(text, 'grid.yml')).toEqual({
      backend: 'slurm',
      parallel: 1,
      retries: 2,
      startup: 600,
      requeue: true,
      memory: 2 ** 31,
      setup: ['module load node', "echo 'it''s here'"],
      optimizers: { sgn: { gres: 'gpu:1', memory: 500e6 } },
    });
    expect(await parseGrid('{"backend": "local", "startup": 7}', 'grid.json')).toMatchObject({ startup: 7 });
  });

  it.each([
    ['backend: local\nparalel: 2', '/paralel', "did you mean 'parallel'?"],
    ['backend: slurm\noptimizers: { sgn: { gress: 1 } }', '/optimizers/sgn/gress', "did you mean 'gres'?"],
    ['backend: slum', '/backend', ''],
    ['parallel: 2', '/backend', "missing 'backend'"],
    ['backend: local\nparallel: 0', '/parallel', ''],
    ['backend: local\npartition: main', '/partition', 'unknown property'],
    ['just text', '', ''],
    ['backend: bullmq\nurl: redis://h:1\nparallel: 2', '/parallel', 'unknown property'],
    ['backend: bullmq\nurl: http://h:1', '/url', ''],
  ])('refuses %j at %s', async (text, pointer, problem) => {
    const error = await errorOf(text);
    expect(error.pointer).toBe(pointer);
    expect(error.issues[0]!.problem ?? '').toContain(problem);
  });

  // YAML 1.1 reads 10:30 as 630, YAML 1.2 as a text.
  it.each(['10:30', '00:5400', '1-00:00:00', '"10:30"', '0', '-5', '1.5 days'])(
    'refuses the time %s, which can be read in several ways',
    async (time) => {
      expect((await errorOf(`backend: local\nstartup: ${time}`)).pointer).toBe('/startup');
    },
  );

  it('keeps no password', async () => {
    expect(await parseGrid('backend: bullmq\nurl: redis://me@h:1', 'grid.yml')).toMatchObject({
      queue: 'gaussmark',
    });
    expect((await errorOf('backend: bullmq\nurl: redis://me:secret@h:1')).pointer).toBe('/url');
    expect((await errorOf('backend: bullmq\nurl: redis://me:secret@h:1')).message).not.toContain('secret');
  });

  it('names the line of a mistake in the YAML, such as a key that is there twice', async () => {
    expect((await errorOf('backend: local\nparallel: 1\nparallel: 2')).summary).toMatch(
      /^grid\.yml, line 3: /,
    );
    expect((await errorOf('backend: [')).summary).toMatch(/^grid\.yml, line 1: /);
  });
});

describe('a time limit', () => {
  it.each([
    [59, '0-00:00:59'],
    [60, '0-00:01:00'],
    [61 * 60, '0-01:01:00'],
    [25 * 3600, '1-01:00:00'],
    [0.2, '0-00:00:01'],
    [86_399.5, '1-00:00:00'],
    [null, 'UNLIMITED'],
  ])('of %s is %s', (seconds, text) => {
    expect(formatTimeLimit(seconds)).toBe(text);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])(
    'is refused for %s: Slurm takes 0 for no limit',
    (seconds) => {
      expect(() => formatTimeLimit(seconds)).toThrow(GaussmarkError);
    },
  );
});
