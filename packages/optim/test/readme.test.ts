// The optimizers in the README, as written there, against ten steps of Optax.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { add, cos, mul, sub, type Tensor, type TensorValue, type Tree, tree } from '@gaussmark/autodiff';
import { expect, it } from 'vitest';
import { compiled, double, evaluated, numbersOf } from './evaluated.js';
import golden from './golden/trajectories.json' with { type: 'json' };

const STEPS = 10;
const NAMES = ['wide', 'tall', 'bias'] as const;
const PARAMETERS = NAMES.map((path) => ({
  path,
  shape: golden.shapes[path],
  role: path === 'bias' ? 'bias' : 'weight',
}));

interface Example {
  create(
    options: Readonly<Record<string, number | boolean>>,
    run: { readonly parameters: typeof PARAMETERS },
  ): {
    init(params: Tree<Tensor>): Tree<Tensor>;
    step(
      problem: { valueAndGrad(params: Tree<Tensor>): { loss: Tensor; grad: Tree<Tensor> } },
      params: Tree<Tensor>,
      state: Tree<Tensor>,
      context: { readonly progress: Tensor },
    ): { readonly params: Tree<Tensor>; readonly state: Tree<Tensor> };
    evaluationPoint?(params: Tree<Tensor>, state: Tree<Tensor>): Tree<Tensor>;
  };
}

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const { resolve } = createRequire(import.meta.url);

/** The module in the code block after its name, with its imports resolved. */
async function example(name: string): Promise<{ readonly plugin: Example; readonly lines: number }> {
  const code = new RegExp(`^\`${name}\\.js\`\\n\\n\`\`\`js\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(README)![1]!;
  const resolved = code.replaceAll(
    /from '(@gaussmark\/\w+)'/g,
    (_, id: string) => `from '${pathToFileURL(resolve(id))}'`,
  );
  const module: { readonly default: Example } = await import(
    `data:text/javascript,${encodeURIComponent(resolved)}`
  );
  return { plugin: module.default, lines: code.trim().split('\n').length };
}

/** A flat list of numbers as the parameters. */
function leavesOf(flat: readonly number[]): Record<string, TensorValue> {
  let at = 0;
  return Object.fromEntries(
    NAMES.map((name) => {
      const size = golden.shapes[name].reduce((a, b) => a * b);
      at += size;
      return [name, double(golden.shapes[name], flat.slice(at - size, at))];
    }),
  );
}

it.each([
  ['adamw', { learningRate: 0.1, weightDecay: 0.1, warmup: 0.2 }],
  ['lion', { learningRate: 0.03, weightDecay: 0.1 }],
  ['muon', { muonRate: 0.02, adamRate: 0.1, warmup: 0.1, nesterov: false, epsilon: 0 }],
  ['sgd', { learningRate: 0.1, warmup: 0.2, maxNorm: 5, decay: 0.9 }],
] as const)('%s.js takes the steps of Optax, in at most 25 lines', async (name, options) => {
  const { plugin, lines } = await example(name);
  expect(lines).toBeLessThanOrEqual(25);
  const optimizer = plugin.create(options, { parameters: PARAMETERS });

  const [curvature, target] = [leavesOf(golden.curvature), leavesOf(golden.target)];
  const step = (
    params: Tree<Tensor>,
    state: Tree<Tensor>,
    c: Tree<Tensor>,
    t: Tree<Tensor>,
    progress: Tensor,
  ) => {
    const problem = {
      valueAndGrad: (at: Tree<Tensor>) => ({
        loss: progress,
        grad: tree.map(
          (x: Tensor, ci: Tensor, ti: Tensor) => add(mul(ci, sub(x, ti)), cos(mul(3, x))),
          at,
          c,
          t,
        ),
      }),
    };
    const next = optimizer.step(problem, params, state, { progress });
    const point = optimizer.evaluationPoint?.(next.params, next.state) ?? next.params;
    return [next.params, next.state, point];
  };

  let params: Tree<TensorValue> = leavesOf(golden.start);
  let state = evaluated((p: Tree<Tensor>) => optimizer.init(p), params);
  const run = compiled(step, params, state, curvature, target, double([], [0]));
  const path = Array.from({ length: STEPS }, (_, k) => {
    const next = run(params, state, curvature, target, double([], [k / STEPS]));
    const [moved, kept, point] = next as readonly Tree<TensorValue>[];
    params = moved!;
    state = kept!;
    return numbersOf(point!);
  });
  const expected = golden.examples[name].map((row) => row.map((x) => expect.closeTo(x, 12)));
  expect(golden.shown.map((k) => path[k - 1])).toEqual(expected);
});
