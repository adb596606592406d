// The checks of a model: its shapes, its start, its derivatives.

import { formatQuantity } from '@gaussmark/analysis/words';
import {
  type FloatDType,
  sizeOf,
  type Tensor,
  type TensorType,
  type TensorValue,
  trace,
  tree,
  valueAndGrad,
} from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import {
  completeHyperparameters,
  FLOAT_DTYPES,
  losses,
  lossFor,
  type ManifestOf,
  type Model,
  type ModelPlugin,
  type Params,
  parametersOf,
} from '@gaussmark/core';
import { incompatibility, observeModel } from './exercise/observe-model.js';
import { batchesOf, numbers, TINY_DATA, type TinyData } from './exercise/tiny-problem.js';
import { type Check, fail, info } from './finding.js';
import { knobsCheck } from './knobs.js';
import { converted } from './take-steps.js';

const EXAMPLES = 3;

/** The model on some data. */
interface Fitted {
  readonly data: TinyData;
  readonly model: Model;
  readonly init: readonly TensorValue[];
  readonly types: ReturnType<Model['init']>;
}

export function modelChecks(plugin: ModelPlugin, manifest: ManifestOf<'model'>): readonly Check[] {
  const values = completeHyperparameters(manifest, manifest.coverage?.base ?? {});
  const { dtypes = FLOAT_DTYPES } = manifest.capabilities ?? {};
  const dtype = dtypes.includes('float64') ? 'float64' : 'float32';
  const fitted = (): readonly Fitted[] =>
    TINY_DATA.flatMap((data) => {
      const model = plugin.create(values, data.spec);
      if ('incompatible' in model) return [];
      const types = model.init(1);
      return [{ data, model, types, init: tree.leaves<TensorValue>(types) }];
    });
  const onEach = (check: (fitted: Fitted) => string | undefined) => () => {
    const all = fitted();
    if (all.length === 0)
      fail('fits none of the data', 'return { incompatible: reason } only for data that it cannot accept');
    const found = all.map((each) => check(each)).filter((text) => text !== undefined);
    return [...new Set(found)].join('; ');
  };
  return [
    {
      name: 'data',
      isBasis: true,
      remedy: 'return { incompatible: reason } from create for data that the model cannot accept',
      run() {
        const refused = TINY_DATA.map((data) => [data.name, incompatibility(plugin, values, data)] as const);
        const wordless = refused.find(
          ([, reason]) => reason !== undefined && (typeof reason !== 'string' || reason === ''),
        );
        if (wordless !== undefined) fail(`refuses ${wordless[0]} without a reason`);
        const fits = refused.filter(([, reason]) => reason === undefined).map(([name]) => name);
        if (fits.length === 0) fail(`fits none of the data: ${refused[0]![1]}`);
        const others = refused.filter(([, reason]) => reason !== undefined);
        return `fits ${fits.join(', ')}${others.length === 0 ? '' : `; refuses ${others.map(([name, reason]) => `${name} (${reason})`).join(', ')}`}`;
      },
    },
    {
      name: 'shapes',
      isBasis: true,
      remedy:
        'return (M, ...target.shape), or logits (M, ...target.shape, classes), for a batch of M examples',
      run: onEach(({ data, model, types }) => {
        for (const examples of [1, EXAMPLES]) demandShape(data, model, types, examples, dtype);
        return 'outputs for one example and for several have the shapes of the targets';
      }),
    },
    {
      name: 'types()',
      remedy: "return the shapes of init's values, in the same structure",
      run: () => {
        const told = fitted().filter(({ model }) => model.types !== undefined);
        if (told.length === 0)
          return info('not given: large networks are drawn before the planner can refuse them');
        for (const { data, model, init } of told) {
          const shapes = (leaves: readonly TensorType[]) => JSON.stringify(leaves.map(({ shape }) => shape));
          const [expected, got] = [
            shapes(init.map(({ type }) => type)),
            shapes(tree.leaves<TensorType>(model.types!())),
          ];
          if (expected !== got) fail(`on ${data.name}: init has the shapes ${expected}, types() ${got}`);
        }
        return "equal init's";
      },
    },
    {
      name: 'start',
      remedy: 'draw weights from a generator of @gaussmark/random, made from the seed inside init',
      run: onEach(({ data, model, init }) => {
        const again = tree.leaves<TensorValue>(model.init(1));
        for (const [i, { data: first }] of init.entries()) {
          if (first.some((x, k) => !Object.is(x, again[i]!.data[k])))
            fail(`on ${data.name}: seed 1 gives other weights the second time`);
          if (first.some((x) => !Number.isFinite(x))) fail(`on ${data.name}: a weight is not finite`);
        }
        const other = tree.leaves<TensorValue>(model.init(2));
        const differs = init.some(({ data: first }, i) => first.some((x, k) => x !== other[i]!.data[k]));
        return differs
          ? 'a seed gives the same weights each time, another seed others'
          : 'all seeds give the same weights';
      }),
    },
    {
      name: 'parameters',
      remedy: 'name parameters in roles() by their paths',
      run: onEach(({ model, types }) => {
        const roles = parametersOf(
          model,
          tree.map(({ type }: TensorValue) => type, types),
        ).map(({ role }) => role);
        return `roles: ${[...new Set(roles)].join(', ')}`;
      }),
    },
    {
      name: 'gradient',
      remedy: 'compute outputs with differentiable operations; stopGradient and rounding hide a dependence',
      run: onEach(({ data, model, types }) => {
        const off = gradientError(data, model, types);
        if (off === undefined) return 'not compared on every data: a kink is near';
        if (!(off <= GRADIENT_TOLERANCE))
          fail(
            `on ${data.name}: along a random direction, the gradient differs from finite differences by ${off.toExponential(1)} of the slope`,
          );
        return 'agrees with finite differences in float64';
      }),
    },
    knobsCheck(manifest, (tried) => {
      const data = TINY_DATA.find((each) => incompatibility(plugin, tried, each) === undefined);
      if (data === undefined) throw new Error(incompatibility(plugin, tried, TINY_DATA[0]!));
      return observeModel(plugin, manifest, tried, data);
    }),
  ];
}

function demandShape(
  data: TinyData,
  model: Model,
  init: Fitted['types'],
  examples: number,
  dtype: FloatDType,
): void {
  const { spec } = data;
  const inputs: TensorType = {
    dtype: spec.input.vocabulary === undefined ? dtype : 'int32',
    shape: [examples, ...spec.input.shape],
  };
  const params = tree.map(({ type }: TensorValue): TensorType => ({ dtype, shape: type.shape }), init);
  const { program } = trace((p: Params, x: Tensor) => model.apply(p, x), params, inputs);
  const [output, ...more] = program.outputs;
  const expected = [examples, ...spec.target.shape, ...(spec.classes === undefined ? [] : [spec.classes])];
  if (output === undefined || more.length > 0)
    fail(`on ${data.name}: apply returns ${program.outputs.length} tensors`, 'return one tensor');
  const { type } = output!;
  if (type.shape.join() !== expected.join() || type.dtype !== dtype)
    fail(
      `on ${data.name}, ${formatQuantity(examples, 'example')}: outputs are ${type.dtype}[${type.shape}], expected ${dtype}[${expected}]`,
    );
}

const GRADIENT_TOLERANCE = 1e-5;
/** Two differences that disagree straddle a kink, where neither is the slope. */
const KINK = 1e-4;

/** The relative error of the slope along a random direction; undefined at a kink. */
function gradientError(data: TinyData, model: Model, init: Fitted['types']): number | undefined {
  const { spec } = data;
  const loss = losses[lossFor(spec.task)];
  const types = tree.map(
    ({ type }: TensorValue): TensorType => ({ dtype: 'float64', shape: type.shape }),
    init,
  );
  const [inputs, targets] = batchesOf(data, 'float64', EXAMPLES)[0]! as [TensorValue, TensorValue];
  const { program } = trace(
    (params: Params, x: Tensor, y: Tensor) => {
      const { value, grad } = valueAndGrad((p: Params) => loss.evaluate(model.apply(p, x), y))(params);
      return [value, grad];
    },
    types,
    inputs.type,
    targets.type,
  );
  const at = tree.leaves<TensorValue>(init).map((value) => converted(value, 'float64'));
  const direction = at.map(({ type }, i) => numbers(sizeOf(type.shape), 300 + i));
  const lossAt = (step: number) => {
    const moved = at.map(({ type, data: plain }, i) => ({
      type,
      data: Float64Array.from(plain, (x, k) => x + step * direction[i]![k]!),
    }));
    return evaluate(program, [...moved, inputs, targets]);
  };
  const [, ...grad] = lossAt(0);
  const slope = grad.reduce(
    (sum, { data: g }, i) => sum + [...g].reduce((s, x, k) => s + x * direction[i]![k]!, 0),
    0,
  );
  const difference = (h: number) => (lossAt(h)[0]!.data[0]! - lossAt(-h)[0]!.data[0]!) / (2 * h);
  const [near, far] = [difference(1e-5), difference(4e-5)];
  const size = Math.max(Math.abs(near), Math.abs(slope), 1e-6);
  return Math.abs(near - far) / size > KINK ? undefined : Math.abs(near - slope) / size;
}
