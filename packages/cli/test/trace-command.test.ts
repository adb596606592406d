// `bench trace` through the command line.

import { describe, expect, it } from 'vitest';
import { temporaryDirectory, writeOptimizer } from '../../harness/test/fixtures.js';
import { benchHere } from './bench.js';

const directory = temporaryDirectory();

interface Trace {
  readonly optimizer: string;
  readonly problem: string;
  readonly batchSize: number;
  readonly parameters: readonly { readonly path: string; readonly role: string }[];
  readonly text: string;
  readonly initText: string;
  readonly outputs: readonly string[];
  readonly equations: number;
  readonly cost: { readonly flops: number; readonly bytes: number };
  readonly primitives: readonly {
    readonly primitive: string;
    readonly count: number;
    readonly flops: number;
  }[];
  readonly sites: readonly { readonly kind: string; readonly name: string; readonly flops: number }[];
}

async function trace(...args: string[]): Promise<Trace> {
  const { code, stdout } = await benchHere(['trace', '--json', ...args], directory.path);
  expect(code).toBe(0);
  return JSON.parse(stdout) as Trace;
}

describe('bench trace', () => {
  it("prints the program of a plugin's step and of its init, with their names", async () => {
    const plugin = await writeOptimizer(
      directory.path,
      'mine',
      `() => ({
        init: () => ({ taken: scalar(0, 'int32') }),
        step(problem, params, state) {
          const { grad } = problem.valueAndGrad(params);
          return { params: vector.addScaled(params, -0.5, grad), state, metrics: { half: 0.5 } };
        },
      })`,
    );
    const traced = await trace('--plugin', plugin, '--problem', 'sine10', '--optimizer', 'mine');
    expect(traced).toMatchObject({ problem: 'sine10', batchSize: 1000, sites: [] });
    const heads = traced.parameters.filter(({ role }) => role === 'head');
    expect(heads.map(({ path }) => path)).toEqual(['layers.3.weight']);
    expect(traced.text).toContain('state.taken: int32[]');
    expect(traced.text).toContain('matmul [transposeA=false transposeB=false] inputs params.layers.0.weight');
    expect(traced.initText).toContain('return 0:int32');
    expect(traced.outputs.slice(-2)).toEqual(['state.taken', 'half']);
    expect(traced.text.match(/^ {2}\w+: .* = /gm)).toHaveLength(traced.equations);
    expect(traced.primitives[0]!.primitive).toBe('matmul');
    expect(traced.primitives.reduce((sum, { flops }) => sum + flops, 0)).toBe(traced.cost.flops);
  });

  it('counts what an iteration of each loop costs', async () => {
    const { sites, text } = await trace('--problem', 'sine10', '--optimizer', 'sgn[lineSearch=false]');
    expect(sites).toMatchObject([{ kind: 'loop', name: 'cg', flops: expect.any(Number) }]);
    expect(text).toContain('while [name=cg');
  });

  it('names the plugin and its line if the step throws', async () => {
    const create = '() => ({ init: () => [], step: ({}, params) => vector.dot(params, 3) })';
    const plugin = await writeOptimizer(directory.path, 'thrower', create);
    const args = ['trace', '--plugin', plugin, '--problem', 'sine10', '--optimizer', 'thrower'];
    const { code, stderr } = await benchHere(args, directory.path);
    expect(code).toBe(2);
    expect(stderr).toContain("optimizer 'thrower'");
    expect(stderr).toMatch(/thrower\/index\.js:3:/);
  });

  it('traces one step', async () => {
    const finished = await benchHere(
      ['trace', '--problem', 'sine10', '--optimizer', 'sgd[learningRate=0.1,1]'],
      directory.path,
    );
    expect(finished.code).toBe(2);
    expect(finished.stderr).toContain('learningRate=1');
  });
});
