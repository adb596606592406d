// `--engine auto`, with two made-up engines of which one is slower.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { discover, type Registry } from '@gaussmark/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { demandNamedEngines } from '../src/plan/engine-choice.js';
import { makePlan, planGroups } from '../src/plan/plan.js';
import { groupOf } from '../src/plan/request.js';
import { temporaryDirectory, WORKSPACE, writeModule, writeOptimizer } from './fixtures.js';

const directory = temporaryDirectory();

/** An engine on the reference evaluator that waits before each run. */
const engine = (wait: number, automatic: boolean) => `
import { allocate, sizeOf } from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
const buffer = (type, data) => ({ type, data, async read() { return data; }, write(v) { data.set(v); }, dispose() {} });
export default {
  async backends() {
    return [{ hyperparameters: {}, automatic: ${automatic}, available: true, details: {} }];
  },
  create: async () => ({
    info: { engine: 'made-up', version: '1' },
    async compile(program) {
      return {
        program,
        async run(inputs, outputs) {
          await new Promise((resolve) => setTimeout(resolve, ${wait}));
          const values = evaluate(program, inputs);
          if (outputs === undefined) return values.map(({ type, data }) => buffer(type, data.slice()));
          values.forEach(({ data }, i) => outputs[i].write(data));
          return outputs;
        },
        async dispose() {},
      };
    },
    allocate: (type) => buffer(type, allocate(type.dtype, sizeOf(type.shape))),
    upload: ({ type, data }) => buffer(type, data.slice()),
    async dispose() {},
  }),
};
`;

/** The workspace's plugins, with the made-up engines as the only ones. */
let registry: Registry;
beforeAll(async () => {
  const plugins = [
    await writeModule(directory.path, 'engine', 'slow', engine(30, true)),
    await writeModule(directory.path, 'engine', 'quick', engine(0, true)),
    await writeModule(directory.path, 'engine', 'left-out', engine(0, false)),
    await writeOptimizer(directory.path, 'own', '() => { throw new Error("created"); }'),
  ];
  const all = await discover({ cwd: WORKSPACE, workspaceRoot: WORKSPACE, extra: plugins });
  registry = new Proxy(all, {
    get(target, key) {
      const value = Reflect.get(target, key, target) as unknown;
      if (key !== 'list') return typeof value === 'function' ? value.bind(target) : value;
      return (kind: 'engine') =>
        target.list(kind).filter(({ source }) => kind !== 'engine' || source === 'path');
    },
  });
});

const PROBLEM = 'sine10[dataset=sine[trainSize=20,testSize=5],batchSize=5,model=mlp[hidden=[3]]]';

const locations = () => ({ ...directory.locations, cacheDirectory: path.join(directory.path, 'cache') });

const plan = (more: object = {}) =>
  makePlan(
    {
      problems: [PROBLEM],
      optimizers: ['sgd'],
      engines: ['auto'],
      seeds: [1, 2],
      budget: { steps: 1 },
      ...more,
    },
    registry,
    locations(),
  );

const kept = () => {
  const folder = path.join(directory.path, 'cache', 'engine-choices');
  return path.join(folder, readdirSync(folder)[0]!);
};

describe('engine auto', () => {
  it('is the one with the shortest steps, for all runs of a problem', async () => {
    const { cells, engineChoices, engines } = await plan();
    expect(cells.map(({ engineLabel }) => engineLabel)).toEqual(['quick', 'quick']);
    expect(cells[0]!.engine).toEqual({ name: 'quick', hyperparameters: {} });
    expect(Object.keys(engines)).toEqual(['quick']);
    const [{ engine, seconds }] = engineChoices as [NonNullable<typeof engineChoices>[number]];
    expect(engine).toBe('quick');
    expect(Object.keys(seconds).sort()).toEqual(['quick', 'slow']);
    expect(seconds.slow).toBeGreaterThan(0.025);
    expect(seconds.quick).toBeLessThan(seconds.slow!);
  });

  it('is the same again: the times are kept', async () => {
    writeFileSync(kept(), JSON.stringify({ quick: 2, slow: 1 }));
    const { cells, engineChoices } = await plan();
    expect(cells[0]!.engineLabel).toBe('slow');
    expect(engineChoices![0]!.seconds).toEqual({ quick: 2, slow: 1 });
  });

  it.each(['{"quick": 1', '{"other": 1}', '{"quick": -1}', '{}', '[]'])(
    'times again after %s',
    async (text) => {
      writeFileSync(kept(), text);
      expect((await plan()).cells[0]!.engineLabel).toBe('quick');
      expect(Object.keys(JSON.parse(readFileSync(kept(), 'utf8')) as object).sort()).toEqual([
        'quick',
        'slow',
      ]);
    },
  );

  it('is an earlier choice, where there is one', async () => {
    const [quick] = (await plan()).engineChoices!;
    const engineChoices = [{ ...quick!, engine: 'slow' }];
    const request = { problems: [PROBLEM], optimizers: ['sgd'], seeds: [3], engines: ['auto'] };
    const group = { ...groupOf({ ...request, budget: { steps: 1 } }), engineChoices };
    const repeated = await planGroups([group], request, registry, locations());
    expect(repeated.cells.map(({ engineLabel }) => engineLabel)).toEqual(['slow']);
    expect(repeated.engineChoices).toEqual(engineChoices);
  });

  it('is refused where engines must be named', () => {
    expect(() => demandNamedEngines(['auto'], 'a reason')).toThrow(
      expect.objectContaining({ expected: 'engines by name: a reason', got: 'auto' }),
    );
    expect(demandNamedEngines(['quick'], 'a reason')).toBeUndefined();
    expect(demandNamedEngines(undefined, 'a reason')).toBeUndefined();
  });

  it('stands alone', async () => {
    await expect(plan({ engines: ['auto', 'quick'] })).rejects.toThrow(/'auto' stands alone/);
  });

  it('times no plugin given by path', async () => {
    await expect(plan({ optimizers: ['own'] })).rejects.toThrow(/times no plugins given by path/);
  });
});
