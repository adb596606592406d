// What the convolutional networks of the SGN paper cost: gradient, Gauss-Newton product, CG iteration; where the time goes;
// how memory grows with the batch.
//
//   node bench/convnets.mjs times   [networks=fashion,cifar10] [threads=1,2] [batch=1000] [rounds=7] [order=activate,pool] [clock=wall]
//   node bench/convnets.mjs profile [networks=fashion,cifar10] [threads=1]   [batch=1000] [rounds=5] [order=activate]
//   node bench/convnets.mjs memory  [networks=fashion,cifar10] [threads=1]   [batch=100,250,500,1000,2000] [order=activate] [program=gradient,iteration]
//
// `order` says what comes first after a convolution: its activation, as the paper has it, or the pooling. The function is
// the same, as relu(max(x) + b) = max(relu(x + b)), and so are its derivatives.
//
// `clock=cpu` counts the processor time of all threads instead: for one thread on a machine that others use.
//
// Everything is timed in turns in one process, so that a busy machine slows all of it; medians. Products and iterations
// are those of a fused loop: its time with some, less its time with none. Each network runs in a process whose allocator
// keeps what it frees, as the harness does it; page faults would cost more than the arithmetic otherwise.

import { fork } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import * as ad from '@gaussmark/autodiff';
import { InferenceSession, Tensor } from '../dist/binding.js';
import { channelBlock } from '../dist/channel-block.js';
import { fuse } from '../dist/fuse.js';
import plugin from '../dist/index.js';
import { lowerProgram } from '../dist/lower/program.js';

const ALLOCATOR = {
  MALLOC_MMAP_THRESHOLD_: '4294967296',
  MALLOC_TRIM_THRESHOLD_: '8589934592',
  MALLOC_TOP_PAD_: '268435456',
};
const ITERATIONS = 3;
/** Rounds before those that count: the allocator settles in the third. */
const WARM_UP = 3;
/** Lines of a profile. */
const SHOWN = 20;

/** [filters, window] of convolutions; a pooling of 2 after those marked; then dense layers. */
const NETWORKS = {
  fashion: {
    image: [1, 28, 28],
    convolutions: [
      { filters: 6, window: 5, pool: true },
      { filters: 16, window: 5, pool: true },
    ],
    dense: [120, 84, 10],
  },
  cifar10: {
    image: [3, 32, 32],
    convolutions: [
      { filters: 32, window: 3, pool: true },
      { filters: 64, window: 3, pool: true },
      { filters: 64, window: 3, pool: false },
    ],
    dense: [64, 10],
  },
};

const type = (...shape) => ({ dtype: 'float32', shape });

/** The layers of a network with the types of their inputs and parameters. */
function layersOf({ image, convolutions, dense }, batch) {
  const layers = [];
  let shape = [batch, ...image];
  for (const { filters, window, pool } of convolutions) {
    const size = shape[2] - window + 1;
    const weight = type(filters, shape[1], window, window);
    layers.push({ kind: 'conv', pool, input: type(...shape), params: { weight, bias: type(filters, 1, 1) } });
    const reduced = pool ? Math.floor(size / 2) : size;
    shape = [batch, filters, reduced, reduced];
  }
  let width = ad.sizeOf(shape.slice(1));
  for (const outputs of dense) {
    layers.push({ kind: 'dense', params: { weight: type(width, outputs), bias: type(outputs) } });
    width = outputs;
  }
  return layers;
}

const network = (layers, batch, order) => (x) => (params) =>
  params.reduce((h, { weight, bias }, i) => {
    const { kind, pool } = layers[i];
    if (kind === 'conv') {
      const pooled = (z) => (pool ? ad.maxPool2d(z, { window: 2 }) : z);
      const y = ad.conv2d(h, weight);
      return order === 'pool' ? ad.relu(ad.add(pooled(y), bias)) : pooled(ad.relu(ad.add(y, bias)));
    }
    const flat = h.shape.length === 4 ? ad.reshape(h, [batch, ad.sizeOf(h.shape.slice(1))]) : h;
    const z = ad.add(ad.matmul(flat, weight), bias);
    return i < layers.length - 1 ? ad.relu(z) : z;
  }, x);

const crossEntropy = (y) => (logits) =>
  ad.neg(ad.mean(ad.sum(ad.mul(y, ad.logSoftmax(logits)), { axes: [-1] })));

/** Of a big result only the first element leaves the session: the rest would be paid in page faults. */
const first = (y) => ad.slice(ad.reshape(y, [ad.sizeOf(y.shape)]), [0], [1]);

function programsOf(name, batch, order) {
  const layers = layersOf(NETWORKS[name], batch);
  const paramTypes = layers.map(({ params }) => params);
  const [xType, yType] = [layers[0].input, type(batch, 10)];
  const apply = network(layers, batch, order);
  const traced = (fn, ...types) => ad.trace(fn, ...types).program;
  const count = { dtype: 'int32', shape: [] };

  const product = (linearized, y) => (v) =>
    linearized.vjp(ad.hessianProduct(crossEntropy(y), linearized.value, linearized.jvp(v)));

  return {
    gradient: traced(
      (params, x, y) => ad.valueAndGrad((at) => crossEntropy(y)(apply(x)(at)))(params),
      paramTypes,
      xType,
      yType,
    ),
    /** `count` Gauss-Newton products, each on the result of the one before. */
    product: traced(
      (params, x, y, direction, count) => {
        const times = product(ad.linearize(apply(x), params), y);
        return ad.whileLoop(
          ({ k }) => ad.less(k, count),
          ({ k, v }) => ({ k: ad.add(k, 1), v: times(v) }),
          { k: ad.scalar(0, 'int32'), v: direction },
          { name: 'products' },
        ).v;
      },
      paramTypes,
      xType,
      yType,
      paramTypes,
      count,
    ),
    /** `count` iterations of conjugate gradients on (B + rho I) d = -g, from zero. */
    iteration: traced(
      (params, x, y, direction, count) => {
        const times = product(ad.linearize(apply(x), params), y);
        const { add, addScaled, dot, neg, scale, zerosLike } = ad.vector;
        return ad.whileLoop(
          ({ k }) => ad.less(k, count),
          ({ k, d, r, p, rr }) => {
            const bp = addScaled(times(p), 1e-3, p);
            const alpha = ad.div(rr, dot(p, bp));
            const residual = addScaled(r, alpha, bp);
            const next = dot(residual, residual);
            return {
              k: ad.add(k, 1),
              d: addScaled(d, alpha, p),
              r: residual,
              p: add(neg(residual), scale(ad.div(next, rr), p)),
              rr: next,
            };
          },
          {
            k: ad.scalar(0, 'int32'),
            d: zerosLike(direction),
            r: direction,
            p: neg(direction),
            rr: dot(direction, direction),
          },
          { name: 'cg' },
        ).d;
      },
      paramTypes,
      xType,
      yType,
      paramTypes,
      count,
    ),
    /** The convolutions alone, as they are in the forward pass. */
    convolutions: layers.flatMap(({ kind, input, params }) =>
      kind === 'conv' ? [traced((x, w) => first(ad.conv2d(x, w)), input, params.weight)] : [],
    ),
  };
}

const MATMUL = 1024;
const matmul = () =>
  ad.trace((a, b) => first(ad.matmul(a, b)), type(MATMUL, MATMUL), type(MATMUL, MATMUL)).program;

/** Values that keep activations in range: weights scaled by their fan-in, inputs from -1 to 1, biases small. */
function valuesOf({ inputs }, batch) {
  let state = 1;
  const uniform = () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state / 2 ** 31 - 1;
  };
  return inputs.map(({ type: { dtype, shape } }) => {
    if (shape[0] === batch && shape.length === 2) {
      return ad.tensorValue(
        dtype,
        shape,
        Array.from({ length: ad.sizeOf(shape) }, (_, i) => +(i % 10 === ((i / 10) | 0) % 10)),
      );
    }
    const isWeight = shape.length > 1 && shape[0] !== batch && ad.sizeOf(shape.slice(1)) > 1;
    const fanIn = shape.length === 4 ? ad.sizeOf(shape.slice(1)) : shape[0];
    const scale = isWeight ? Math.sqrt(3 / fanIn) : shape[0] === batch ? 1 : 0.1;
    const values = Float32Array.from({ length: ad.sizeOf(shape) }, () => scale * uniform());
    return { type: { dtype, shape }, data: dtype === 'int32' ? Int32Array.of(0) : values };
  });
}

async function prepare(engine, program, batch) {
  const executable = await engine.compile(program);
  const inputs = valuesOf(program, batch).map((value) => engine.upload(value));
  const outputs = program.outputs.map((output) => engine.allocate(output.type));
  return { inputs, run: () => executable.run(inputs, outputs) };
}

let clock = 'wall';

function now() {
  if (clock === 'wall') return performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function milliseconds(run) {
  const start = now();
  await run();
  return now() - start;
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

async function times({ name, threads, batch, rounds, order, clock: chosen }) {
  clock = chosen;
  const engine = await plugin.create({ threads });
  const programs = programsOf(name, batch, order);
  const gradient = await prepare(engine, programs.gradient, batch);
  const product = await prepare(engine, programs.product, batch);
  const iteration = await prepare(engine, programs.iteration, batch);
  const convolutions = [];
  for (const program of programs.convolutions) convolutions.push(await prepare(engine, program, batch));
  const peak = await prepare(engine, matmul(), 0);
  const perIteration = async ({ inputs, run }) => {
    const counted = (count) => {
      inputs.at(-1).write(Int32Array.of(count));
      return milliseconds(run);
    };
    const none = await counted(0);
    return ((await counted(ITERATIONS)) - none) / ITERATIONS;
  };
  const rows = { gradient: [], product: [], iteration: [], convolutions: [], peak: [], ratio: [] };
  let faults = 0;
  for (let round = -WARM_UP; round < rounds; round++) {
    const before = process.resourceUsage().minorPageFault;
    const g = await milliseconds(gradient.run);
    const p = await perIteration(product);
    const i = await perIteration(iteration);
    let c = 0;
    for (const { run } of convolutions) c += await milliseconds(run);
    const m = await milliseconds(peak.run);
    if (round < 0) continue;
    faults += process.resourceUsage().minorPageFault - before;
    const row = { gradient: g, product: p, iteration: i, convolutions: c, peak: m, ratio: p / g };
    for (const [key, value] of Object.entries(row)) rows[key].push(value);
  }
  const flops = {
    gradient: ad.programCost(programs.gradient).flops,
    product: ad.programCost(programs.product).loops[0].perIteration.flops,
    iteration: ad.programCost(programs.iteration).loops[0].perIteration.flops,
    convolutions: programs.convolutions.reduce((sum, program) => sum + ad.programCost(program).flops, 0),
    peak: 2 * MATMUL ** 3,
  };
  const rate = (key) => flops[key] / median(rows[key]) / 1e6;
  const flopRatio = flops.product / flops.gradient;
  return {
    network: name,
    order,
    threads,
    'gradient ms': median(rows.gradient).toFixed(1),
    'product ms': median(rows.product).toFixed(1),
    'CG iteration ms': median(rows.iteration).toFixed(1),
    'product / gradient': median(rows.ratio).toFixed(2),
    'FLOP ratio': flopRatio.toFixed(2),
    'gradient GFLOP': (flops.gradient / 1e9).toFixed(2),
    'gradient GFLOP/s': rate('gradient').toFixed(1),
    'product GFLOP/s': rate('product').toFixed(1),
    'Conv GFLOP/s': rate('convolutions').toFixed(1),
    'gradient / Conv %': ((100 * rate('gradient')) / rate('convolutions')).toFixed(0),
    'MatMul GFLOP/s': rate('peak').toFixed(1),
    'page faults a round': Math.round(faults / rounds),
  };
}

/** Peak resident memory of a program's runs, above what the process had before it was compiled. */
async function memory({ name, threads, batch, order, program }) {
  const engine = await plugin.create({ threads });
  const chosen = programsOf(name, batch, order)[program];
  const before = process.memoryUsage.rss();
  const { inputs, run } = await prepare(engine, chosen, batch);
  if (program !== 'gradient') inputs.at(-1).write(Int32Array.of(2));
  for (let i = 0; i < WARM_UP; i++) await run();
  const megabytes = process.resourceUsage().maxRSS / 1024 - before / 2 ** 20;
  return {
    network: name,
    order,
    program,
    batch,
    'peak MB': Math.round(megabytes),
    'KB an example': Math.round((1024 * megabytes) / batch),
  };
}

/** Time by equation, from ONNX Runtime's profile of the program as the engine runs it. Nodes are named after their equations. */
async function profile({ name, threads, batch, rounds, order }) {
  const programs = programsOf(name, batch, order);
  const tables = {};
  for (const [what, program] of [
    ['gradient', programs.gradient],
    ['product', programs.product],
  ]) {
    const prefix = join(tmpdir(), `gaussmark-profile-${process.pid}-`);
    const { bytes, origins } = lowerProgram(fuse(program), { channelBlock: await channelBlock() });
    const session = await InferenceSession.create(bytes, {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      enableProfiling: true,
      profileFilePrefix: prefix,
    });
    const values = valuesOf(program, batch);
    if (what === 'product') values.at(-1).data[0] = ITERATIONS;
    const feeds = Object.fromEntries(
      values.map(({ type, data }, i) => [`input_${i}`, new Tensor(type.dtype, data, type.shape)]),
    );
    for (let i = 0; i < rounds; i++) await session.run(feeds);
    session.endProfiling();
    tables[what] = summary(prefix, origins, what === 'product');
    await session.release();
  }
  return tables;
}

/**
 * The equations that take most of the time, each node in its fastest run; with `inLoop`, those in the loop's body, else
 * those outside.
 */
function summary(prefix, origins, inLoop) {
  const directory = tmpdir();
  const file = join(
    directory,
    readdirSync(directory).find((entry) => join(directory, entry).startsWith(prefix)),
  );
  const events = JSON.parse(readFileSync(file, 'utf8'));
  rmSync(file);
  const nodes = new Map();
  for (const { cat, name, dur, args } of events) {
    if (cat !== 'Node' || !name.endsWith('_kernel_time') || args.op_name === 'Loop') continue;
    const node = name.slice(0, -'_kernel_time'.length);
    if (node.includes('/body/') !== inLoop) continue;
    const ms = Math.min(dur / 1000, nodes.get(node)?.ms ?? Number.POSITIVE_INFINITY);
    nodes.set(node, { operator: args.op_name, ms });
  }
  const rows = new Map();
  let total = 0;
  for (const [node, { operator, ms }] of nodes) {
    const equation = origins.get(node.split('#')[0])?.text ?? `added by the native optimizer: ${operator}`;
    const row = rows.get(equation) ?? { ms: 0, operators: new Map() };
    row.ms += ms;
    row.operators.set(operator, (row.operators.get(operator) ?? 0) + ms);
    rows.set(equation, row);
    total += ms;
  }
  const shown = [...rows].toSorted(([, a], [, b]) => b.ms - a.ms).slice(0, SHOWN);
  return shown.map(([equation, { ms, operators }]) => ({
    equation: equation.replaceAll('float32', ''),
    ms: ms.toFixed(2),
    '%': ((100 * ms) / total).toFixed(1),
    operators: [...operators].map(([operator, ms]) => `${operator} ${ms.toFixed(1)}`).join(', '),
  }));
}

const MODES = { times, profile, memory };
const DEFAULTS = {
  times: {
    networks: 'fashion,cifar10',
    threads: '1,2',
    order: 'activate,pool',
    batch: '1000',
    rounds: '7',
    clock: 'wall',
  },
  profile: { networks: 'fashion,cifar10', threads: '1', order: 'activate', batch: '1000', rounds: '5' },
  memory: {
    networks: 'fashion,cifar10',
    threads: '1',
    order: 'activate',
    program: 'gradient,iteration',
    batch: '100,250,500,1000,2000',
  },
};

/** Runs one case in a process of its own. */
function inProcess(mode, example) {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), ['case', mode, JSON.stringify(example)], {
      env: { ...ALLOCATOR, ...process.env },
    });
    child.once('message', resolve);
    child.once('exit', (code) =>
      reject(new Error(`${mode} ${JSON.stringify(example)} ended with code ${code}`)),
    );
  });
}

/** Every combination of the options' values, in their order. */
function casesOf({ networks, ...options }) {
  let cases = [{}];
  for (const [key, value] of Object.entries({ name: networks, ...options })) {
    const values = value.split(',').map((text) => (/^\d+$/.test(text) ? Number(text) : text));
    cases = cases.flatMap((one) => values.map((value) => ({ ...one, [key]: value })));
  }
  return cases;
}

async function main([mode = 'times', ...given]) {
  const known = DEFAULTS[mode];
  if (known === undefined)
    throw new Error(`unknown mode '${mode}'; one of ${Object.keys(DEFAULTS).join(', ')}`);
  const cases = casesOf({ ...known, ...Object.fromEntries(given.map((argument) => argument.split('='))) });
  const results = [];
  for (const example of cases) {
    const result = await inProcess(mode, example);
    if (mode !== 'profile') {
      results.push(result);
      continue;
    }
    for (const [what, table] of Object.entries(result)) {
      console.log(`${example.name}, ${what}, threads ${example.threads}, batch ${example.batch}`);
      console.table(table);
    }
  }
  // A column for each case reads better than a row, where there are many figures.
  for (const key of Object.keys(results[0] ?? {})) {
    console.log(key.padEnd(20), ...results.map((result) => String(result[key]).padStart(9)));
  }
}

const [role, mode, example] = process.argv.slice(2);
if (role === 'case') process.send(await MODES[mode](JSON.parse(example)), () => process.exit());
else await main(process.argv.slice(2));
