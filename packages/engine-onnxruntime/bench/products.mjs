// What a gradient and a Gauss-Newton product cost, and what of a call is spent outside native code.
//
//   node bench/products.mjs [layers=784-512-512-10] [dtype=float32] [threads=1,2] [batch=1000] [spinning=false,true]
//
// One row for each number of threads. Gradient and product are timed in turns, in one process, so that a busy or a
// throttled machine slows both; medians. `product` is an iteration of a fused loop whose body captures the residuals,
// `hosted` the same with the host driving it.

import { performance } from 'node:perf_hooks';
import * as ad from '@gaussmark/autodiff';
import plugin from '../dist/index.js';

const ITERATIONS = 5;
const ROUNDS = 15;

const options = Object.fromEntries(process.argv.slice(2).map((argument) => argument.split('=')));
const layers = (options.layers ?? '784-512-512-10').split('-').map(Number);
const dtype = options.dtype ?? 'float32';
const batch = Number(options.batch ?? 1000);
const threadCounts = (options.threads ?? '1,2').split(',').map(Number);
const spinnings = (options.spinning ?? 'false').split(',').map((value) => value === 'true');

const type = (...shape) => ({ dtype, shape });
const paramTypes = layers.slice(1).map((size, i) => ({ weight: type(layers[i], size), bias: type(size) }));
const [xType, yType] = [type(batch, layers[0]), type(batch, layers.at(-1))];

const network = (x) => (params) =>
  params.reduce((h, { weight, bias }, i) => {
    const z = ad.add(ad.matmul(h, weight), bias);
    return i < params.length - 1 ? ad.tanh(z) : z;
  }, x);
const crossEntropy = (y) => (logits) =>
  ad.neg(ad.mean(ad.sum(ad.mul(y, ad.logSoftmax(logits)), { axes: [-1] })));

const gradient = ad.trace(
  (params, x, y) => ad.valueAndGrad((at) => crossEntropy(y)(network(x)(at)))(params),
  paramTypes,
  xType,
  yType,
).program;

/** `count` Gauss-Newton products, each on the result of the one before. */
const products = ad.trace(
  (params, x, y, direction, count) => {
    const { value, jvp, vjp } = ad.linearize(network(x), params);
    return ad.whileLoop(
      ({ k }) => ad.less(k, count),
      ({ k, v }) => ({ k: ad.add(k, 1), v: vjp(ad.hessianProduct(crossEntropy(y), value, jvp(v))) }),
      { k: ad.scalar(0, 'int32'), v: direction },
      { name: 'products' },
    ).v;
  },
  paramTypes,
  xType,
  yType,
  paramTypes,
  { dtype: 'int32', shape: [] },
).program;

/** As many buffers as the gradient, and next to no arithmetic. */
const scalars = ad.trace(
  (inputs) => gradient.outputs.map((_, i) => ad.neg(inputs[i % inputs.length])),
  gradient.inputs.map(() => type()),
).program;

/** Values that keep activations and products in range: weights scaled by their fan-in, inputs of size 1. */
function uploadInputs(engine, program) {
  let state = 1;
  const uniform = () => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return state / 2 ** 30 - 1;
  };
  return program.inputs.map((input) => {
    const { shape } = input.type;
    const scale = shape.length === 2 && shape[0] !== batch ? 1 / Math.sqrt(shape[0]) : 1;
    const values = Array.from({ length: ad.sizeOf(shape) }, () => scale * uniform());
    return engine.upload(ad.tensorValue(input.type.dtype, shape, values));
  });
}

async function prepare(engine, program, compileOptions) {
  const executable = await engine.compile(program, compileOptions);
  const inputs = uploadInputs(engine, program);
  const outputs = program.outputs.map((output) => engine.allocate(output.type));
  const run = () => executable.run(inputs, outputs);
  return { inputs, run, dispose: () => executable.dispose() };
}

async function milliseconds(run) {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

async function measure(threads, allowSpinning) {
  const engine = await plugin.create({ threads, allowSpinning });
  const grad = await prepare(engine, gradient);
  const fused = await prepare(engine, products);
  const hostedTimes = [];
  const onIteration = (_loop, _k, seconds) => hostedTimes.push(seconds * 1000);
  const hosted = await prepare(engine, products, { loops: 'hosted', onIteration });
  const empty = await prepare(engine, scalars);
  const withCount = (count) => () => {
    fused.inputs.at(-1).write(Int32Array.of(count));
    return fused.run();
  };
  hosted.inputs.at(-1).write(Int32Array.of(ITERATIONS));

  const times = { grad: [], product: [], call: [] };
  let faults = 0;
  for (let round = -2; round < ROUNDS; round++) {
    const before = process.resourceUsage().minorPageFault;
    const g = await milliseconds(grad.run);
    const call = await milliseconds(empty.run);
    const none = await milliseconds(withCount(0));
    const all = await milliseconds(withCount(ITERATIONS));
    const after = process.resourceUsage().minorPageFault;
    if (round < 0) continue;
    faults += after - before;
    times.grad.push(g);
    times.product.push((all - none) / ITERATIONS);
    times.call.push(call);
    if (round % 3 === 0) await hosted.run();
  }
  for (const each of [grad, fused, hosted, empty]) await each.dispose();
  await engine.dispose();

  const [g, product, call] = [median(times.grad), median(times.product), median(times.call)];
  return {
    threads,
    spinning: allowSpinning,
    'gradient ms': g.toFixed(3),
    'product ms': product.toFixed(3),
    'product / gradient': (product / g).toFixed(3),
    'hosted ms': median(hostedTimes).toFixed(3),
    'call us': (1000 * call).toFixed(0),
    'outside native %': ((100 * call) / g).toFixed(2),
    'page faults a round': Math.round(faults / ROUNDS),
  };
}

console.log(`${layers.join('-')}, ${dtype}, batch ${batch}`);
const rows = [];
for (const threads of threadCounts)
  for (const spinning of spinnings) rows.push(await measure(threads, spinning));
console.table(rows);
