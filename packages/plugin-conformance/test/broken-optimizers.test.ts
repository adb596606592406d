// Optimizers with one flaw each: the check that is made for it names it, and the others pass.

import {
  add,
  cast,
  div,
  less,
  log,
  mul,
  scalar,
  sin,
  sqrt,
  type Tensor,
  tree,
  vector,
  whileLoop,
} from '@gaussmark/autodiff';
import { type OptimizerPlugin, type Params, parseManifest, type Registry } from '@gaussmark/core';
import { drawLike, normal } from '@gaussmark/random/program';
import { beforeAll, describe, expect, it } from 'vitest';
import { workspaceRegistry } from '../../harness/test/fixtures.js';
import { optimizerObserver } from '../src/exercise/observe-optimizer.js';
import { everyRole } from '../src/exercise/tiny-problem.js';
import { type Finding, findingOf } from '../src/finding.js';
import { knobsCheck } from '../src/knobs.js';
import { OptimizerBench } from '../src/optimizer-bench.js';
import { optimizerChecks } from '../src/optimizer-checks.js';
import { engineChecks } from '../src/optimizer-engines.js';

let registry: Registry;
beforeAll(async () => {
  registry = await workspaceRegistry();
});

const number = (value: number, more: object = {}) => ({
  type: 'number',
  default: value,
  description: 'd',
  ...more,
});

const manifestOf = (more: object = {}, properties: object = { learningRate: number(0.1) }) =>
  parseManifest(
    {
      kind: 'optimizer',
      name: 'flawed',
      version: '1.0.0',
      summary: 'Has a flaw.',
      entry: './index.js',
      hyperparameters: { type: 'object', properties },
      ...more,
    },
    'manifest.json',
  ) as ConstructorParameters<typeof OptimizerBench>[1];

/** Gradient descent whose direction is made from the gradient. */
const descent = (
  direction: (grad: Params, params: Params) => Params,
  metrics: (grad: Params) => Readonly<Record<string, Tensor>> = () => ({}),
): OptimizerPlugin => ({
  create: () => ({
    init: () => ({}),
    step(problem, params, state) {
      const { grad } = problem.valueAndGrad(params);
      return {
        params: vector.addScaled(params, -0.1, direction(grad, params)),
        state,
        metrics: metrics(grad),
      };
    },
  }),
});

const same = (grad: Params) => grad;
const norm = (grad: Params) => sqrt(vector.dot(grad, grad));

async function findings(
  plugin: OptimizerPlugin,
  manifest = manifestOf(),
  onEngine = false,
): Promise<Record<string, Finding>> {
  const bench = new OptimizerBench(plugin, manifest);
  const checks = onEngine ? engineChecks(bench, registry) : optimizerChecks(bench);
  const found = [];
  for (const check of checks) found.push(await findingOf(check));
  return Object.fromEntries(found.map((finding) => [finding.check, finding]));
}

const failed = (found: Readonly<Record<string, Finding>>) =>
  Object.values(found)
    .filter(({ status }) => status === 'fail')
    .map(({ check }) => check);

/** Flaws that the same cause shows elsewhere. */
const COMPANIONS: Readonly<Record<string, readonly string[]>> = {
  'zero gradient': ['exact fit'],
  // Its problem has one parameter too.
  'one parameter': ['exact fit'],
};

describe('what draws random numbers is sound', () => {
  // Numbers of one key differ between the dtypes, and a rescaled loss has a distribution too.
  const sophia: OptimizerPlugin = {
    create: () => ({
      init: (params, context) => ({ h: drawLike(normal, context.random('start'), params) }),
      step(problem, params, _state, context) {
        const { grad, outputs } = problem.linearize(params);
        const labels = problem.sampleTargets(outputs, context.random('labels'));
        const { grad: sampled } = problem.withTargets(labels).valueAndGrad(params);
        const h = vector.scale(problem.terms, vector.mul(sampled, sampled));
        const step = tree.map((g: Tensor, d: Tensor) => div(g, add(d, 1)), grad as never, h as never);
        return { params: vector.addScaled(params, -0.1, step as Params), state: { h }, metrics: {} };
      },
    }),
  };

  it.each(['regression', 'classification'])('%s', async (task) => {
    const all = await findings(sophia, manifestOf({ capabilities: { tasks: [task] } }));
    expect(failed(all)).toEqual([]);
    expect(all['rescaled loss']).toMatchObject({ status: 'info' });
  });
});

describe('a flaw is found by its check', () => {
  it.each<[string, OptimizerPlugin, object, RegExp]>([
    ['purity', descent((grad) => vector.scale(1 + 1e-9 * Math.random(), grad)), {}, /another program: .*mul/],
    [
      'float32 and float64',
      // 1e-50 is 0 in float32.
      descent((grad) => vector.scale(div(1e-50, add(1e-50, mul(0, norm(grad)))), grad)),
      {},
      /in float32/,
    ],
    [
      'zero gradient',
      descent((grad) => vector.scale(div(1, norm(grad)), grad)),
      {},
      /hidden.weight became NaN/,
    ],
    [
      'one parameter',
      descent((grad) => {
        const leaves = tree.leaves<Tensor>(grad);
        if (leaves.length < 2) throw new RangeError('expected a bias');
        return grad;
      }),
      {},
      /RangeError: expected a bias/,
    ],
    [
      'many parameters',
      descent((grad) =>
        tree.map((g: Tensor) => {
          if (g.shape.length === 0 || g.shape.length > 2) throw new RangeError('expected a matrix');
          return g;
        }, grad),
      ),
      {},
      /expected a matrix/,
    ],
    [
      'billing',
      descent(same),
      { innerLoop: { name: 'cg', iteration: { one: 'i', many: 'is' }, budget: 'learningRate' } },
      /'cg' is not in the step/,
    ],
  ])('%s', async (check, plugin, more, found) => {
    const all = await findings(plugin, manifestOf(more));
    expect(all[check]).toMatchObject({ status: 'fail', found: expect.stringMatching(found) });
    // What the plugin throws says itself what is wrong; the check's advice is about something else.
    const threw = /Error: /.test(all[check]!.found);
    expect(all[check]!.remedy).toEqual(threw ? undefined : expect.stringMatching(/./));
    expect(failed(all).filter((name) => !COMPANIONS[check]?.includes(name))).toEqual([check]);
  });

  it('shapes and dtypes', async () => {
    const plugin: OptimizerPlugin = {
      create: () => ({
        init: () => ({ count: scalar(0, 'int32') }),
        step: (_, params, state) => ({
          params,
          state: { count: cast((state as { count: Tensor }).count, 'float32') },
          metrics: {},
        }),
      }),
    };
    expect((await findings(plugin))['shapes and dtypes']).toMatchObject({
      status: 'fail',
      found: expect.stringContaining('state.count from int32[] to float32[]'),
    });
  });

  it('batch of one', async () => {
    // The sample variance of outputs, which is 0 / 0 for one example.
    const plugin: OptimizerPlugin = {
      create: () => ({
        init: () => ({}),
        step(problem, params, state) {
          const { outputs, grad } = problem.linearize(params);
          const examples = outputs.shape[0]!;
          return {
            params: vector.addScaled(
              params,
              div(-0.1, scalar(examples - 1, outputs.dtype as 'float64')),
              grad,
            ),
            state,
            metrics: {},
          };
        },
      }),
    };
    const all = await findings(plugin);
    expect(all['batch of one']).toMatchObject({
      status: 'fail',
      found: expect.stringMatching(/became .*Infinity|NaN/),
    });
    expect(failed(all)).toEqual(['batch of one']);
  });

  it('metrics that depend on the size of the batch', async () => {
    const plugin: OptimizerPlugin = {
      create: () => ({
        init: () => ({}),
        step(problem, params, state) {
          const { outputs, loss } = problem.linearize(params);
          return { params, state, metrics: outputs.shape[0] === 1 ? {} : { extra: loss } };
        },
      }),
    };
    expect((await findings(plugin))['batch of one']).toMatchObject({
      status: 'fail',
      found: 'metrics are extra, and on one example ',
    });
  });

  it('exact fit', async () => {
    // Polyak's step, loss / |g|^2, is 0 / 0 at the minimum; where only the gradient is 0, it is infinite times 0.
    const plugin: OptimizerPlugin = {
      create: () => ({
        init: () => ({}),
        step(problem, params, state) {
          const { loss, grad } = problem.valueAndGrad(params);
          return { params: vector.addScaled(params, mul(-1, mul(0.1, log(loss))), grad), state, metrics: {} };
        },
      }),
    };
    const all = await findings(plugin);
    expect(failed(all)).toEqual(['exact fit']);
  });

  it('dead hyperparameters', async () => {
    const properties = {
      learningRate: number(0.1),
      nesterov: { type: 'boolean', default: false, description: 'd' },
      momentum: number(0, { minimum: 0, exclusiveMaximum: 1 }),
      damping: number(1e-3),
      note: { type: 'string', default: '', description: 'd' },
    };
    const manifest = manifestOf({}, properties);
    // `momentum` acts only with `nesterov`; `damping` nowhere.
    const plugin: OptimizerPlugin = {
      create: ({ learningRate, nesterov, momentum }) => ({
        init: () => ({}),
        step(problem, params, state) {
          const { grad } = problem.valueAndGrad(params);
          const rate = (learningRate as number) * (nesterov ? 1 + (momentum as number) : 1);
          return { params: vector.addScaled(params, -rate, grad), state, metrics: {} };
        },
      }),
    };
    const found = await findingOf(knobsCheck(manifest, optimizerObserver(plugin, manifest)));
    expect(found).toMatchObject({ status: 'fail', remedy: expect.stringContaining('coverage.values') });
    expect(found.found).toMatch(/^nothing depends on damping: .*; not tried: note \(its schema/);
  });

  it('hyperparameters that only the evaluation point shows', async () => {
    const manifest = manifestOf({}, { decay: number(0.5, { minimum: 0, maximum: 1 }) });
    const averaging = (isEvaluated: boolean): OptimizerPlugin => ({
      create: ({ decay }) => ({
        init: (params) => ({ average: params }),
        step(problem, params, state) {
          const next = vector.addScaled(params, -0.1, problem.valueAndGrad(params).grad);
          const average = vector.addScaled(
            vector.scale(decay as number, (state as { average: Params }).average),
            1 - (decay as number),
            next,
          );
          return { params: next, state: { average }, metrics: {} };
        },
        ...(isEvaluated
          ? { evaluationPoint: (_: Params, state) => (state as { average: Params }).average }
          : {}),
      }),
    });
    const status = async (plugin: OptimizerPlugin) =>
      (await findingOf(knobsCheck(manifest, optimizerObserver(plugin, manifest)))).status;
    expect(await status(averaging(true))).toBe('pass');
    expect(await status(averaging(false))).toBe('fail');
  });

  it('evaluation points of other types', async () => {
    const plugin: OptimizerPlugin = {
      create: () => ({
        init: () => ({}),
        step: (_, params, state) => ({ params, state, metrics: {} }),
        evaluationPoint: () => [],
      }),
    };
    expect((await findings(plugin))['shapes and dtypes']).toMatchObject({
      status: 'fail',
      found: expect.stringContaining('evaluationPoint returned params of another structure'),
    });
  });

  it('numbers from outside, on an engine', async () => {
    const plugin: OptimizerPlugin = {
      create: () => {
        const noise = 1 + Math.random();
        return {
          init: () => ({}),
          step: (problem, params, state) => ({
            params: vector.addScaled(params, -0.1 * noise, problem.valueAndGrad(params).grad),
            state,
            metrics: {},
          }),
        };
      },
    };
    expect(failed(await findings(plugin, manifestOf(), true))).toEqual([
      'determinism',
      'resume',
      'two engines',
    ]);
    expect((await findings(plugin)).purity!.found).toContain('a new instance');
  });

  it('a step that rounding decides, on an engine', async () => {
    const chaotic = descent((grad) => tree.map((g: Tensor) => sin(mul(1e17, g)), grad));
    expect(failed(await findings(chaotic, manifestOf(), true))).toEqual(['two engines']);
  });
});

describe('what an optimizer may rely on', () => {
  const ROLES = ['kernel', 'weight', 'head', 'bias', 'gain', 'embedding'] as const;

  it('hyperparameters of single roles change a number', async () => {
    const manifest = manifestOf({}, Object.fromEntries(ROLES.map((role) => [role, number(0.1)])));
    const plugin: OptimizerPlugin<Readonly<Record<string, number>>> = {
      create: (rates, { parameters }) => ({
        init: () => ({}),
        step(problem, params, state) {
          const { grad } = problem.valueAndGrad(params);
          const gradients = tree.leaves<Tensor>(grad);
          const steps = gradients.map((g, i) => mul(rates[parameters[i]!.role] ?? 0, g));
          return {
            params: vector.sub(params, tree.unflatten(tree.structureOf(params), steps) as Params),
            state,
            metrics: {},
          };
        },
      }),
    };
    const observers = [
      optimizerObserver(plugin as OptimizerPlugin, manifest),
      optimizerObserver(plugin as OptimizerPlugin, manifest, everyRole),
    ] as const;
    expect(await findingOf(knobsCheck(manifest, ...observers))).toMatchObject({
      status: 'pass',
      found: 'each of 6 changes a number',
    });
  });

  it('layers of the network are seen', async () => {
    const seen = new Set<number>();
    const plugin: OptimizerPlugin = {
      create: () => ({
        init: () => ({}),
        step(problem, params, state) {
          seen.add(problem.layers(params).layers.length);
          return { params, state, metrics: {} };
        },
      }),
    };
    await findings(plugin);
    expect(seen).toContain(2);
  });
});

describe('the properties that are reported', () => {
  it.each<[string, OptimizerPlugin, RegExp]>([
    ['equivariant', descent((grad) => grad), /^equivariant/],
    ['invariant', descent((grad) => vector.scale(div(1, add(1e-12, norm(grad))), grad)), /^invariant/],
    ['neither', descent((grad) => vector.scale(div(1, add(1, norm(grad))), grad)), /^neither/],
  ])('rescaled loss: %s', async (_, plugin, found) => {
    expect((await findings(plugin))['rescaled loss']).toMatchObject({
      status: 'info',
      found: expect.stringMatching(found),
    });
  });

  it('loops are counted and billed', async () => {
    const plugin = descent((grad) => {
      const { x } = whileLoop(
        ({ k }) => less(k, 5),
        ({ k, x }) => ({ k: add(k, 1), x: vector.scale(0.5, x) }),
        { k: scalar(0, 'int32'), x: grad },
        { name: 'halving' },
      );
      return x;
    });
    expect((await findings(plugin)).billing!.found).toMatch(/loops: halving 5 times$/);
  });
});
