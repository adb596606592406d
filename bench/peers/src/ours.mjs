// Our side of the comparison, as a user's code would have it: public packages, their built entries, one process.

import { fileURLToPath } from 'node:url';
import { readExchange, sizeOf, writeExchange } from './exchange.mjs';
import { autodiff, core, harness, random } from './gaussmark.mjs';
import { programOf } from './ours-programs.mjs';
import { BATCHES, findProblem, REFRESHING, SGN_OPTIONS } from './problems.mjs';
import { REPORTED_LOSSES, serve, Unsupported } from './serve.mjs';

const { tree } = autodiff;
const { completeHyperparameters, discover, GaussmarkError, losses, optimizerContext, parametersOf } = core;
const { findProblem: findBuiltin, locationsOf } = harness;

const HERE = fileURLToPath(new URL('.', import.meta.url));
/** A prime that no training set is a multiple of: rows i * STRIDE mod N visit the examples once each, far from their order. */
const STRIDE = 7919;

/** The plugins and the data behind a problem. */
class Workshop {
  #registry;
  #locations = locationsOf(HERE);

  async plugin(kind, name) {
    const { workspaceRoot } = this.#locations;
    this.#registry ??= await discover({ cwd: HERE, workspaceRoot });
    try {
      const entry = this.#registry.find(kind, name);
      return { manifest: entry.manifest, plugin: await this.#registry.load(entry) };
    } catch (error) {
      throw error instanceof GaussmarkError ? new Unsupported(error.message) : error;
    }
  }

  /** The problem's definition: the harness's, with what the comparison changes. */
  async definition(name) {
    const problem = findProblem(name);
    let builtin;
    try {
      builtin = await findBuiltin(problem.builtin, HERE);
    } catch (error) {
      throw new Unsupported(error instanceof Error ? error.message : String(error));
    }
    const { dataset, model, loss, batchSize } = { ...builtin, ...problem };
    return { ...problem, dataset, model, loss, batchSize };
  }

  /** The model on data of this shape. */
  async model({ name, hyperparameters = {} }, spec) {
    const { manifest, plugin } = await this.plugin('model', name);
    const model = plugin.create(completeHyperparameters(manifest, hyperparameters), spec);
    if ('incompatible' in model) throw new Unsupported(model.incompatible);
    return model;
  }

  /** An optimizer for the parameters of a model. */
  async optimizer(name, hyperparameters, { model, batchSize }) {
    const { manifest, plugin } = await this.plugin('optimizer', name);
    const parameters = parametersOf(
      model,
      tree.map(({ type }) => type, model.init(0)),
    );
    return plugin.create(
      completeHyperparameters(manifest, hyperparameters),
      optimizerContext({ batchSize, parameters }),
    );
  }

  async data({ name, hyperparameters = {} }) {
    const { manifest, plugin } = await this.plugin('dataset', name);
    const { cacheDirectory } = this.#locations;
    return plugin.load(completeHyperparameters(manifest, hyperparameters), { cacheDirectory });
  }
}

/** The engine's name and its hyperparameters, as JSON: the arguments. */
const [ENGINE = 'onnxruntime', HYPERPARAMETERS = '{}'] = process.argv.slice(2);

const workshop = new Workshop();
let engine;
/** The prepared step: how to run it from the start. */
let prepared;

/** Writes a problem's start and its first batches for everyone. */
async function write({ problem: name, directory, mostExamples = Number.POSITIVE_INFINITY, generated }) {
  const definition = await workshop.definition(name);
  const { dtype, dataset, model, loss, learningRate, layers, batches = BATCHES } = definition;
  const batchSize = Math.min(definition.batchSize, mostExamples);
  const { spec, train } =
    generated === undefined ? await workshop.data(dataset) : generatedData(generated, batches * batchSize);
  const leaves = tree.leaves((await workshop.model(model, spec)).init(0));
  const rows = Array.from({ length: batches * batchSize }, (_, i) => (i * STRIDE) % train.size);
  const gather = (values, size) => {
    const out = new Float64Array(rows.length * size);
    for (const [i, row] of rows.entries()) out.set(values.subarray(row * size, (row + 1) * size), i * size);
    return out;
  };
  const manifest = {
    name,
    dtype,
    loss,
    batchSize,
    batches,
    ...(generated === undefined ? {} : { generated: true }),
    inputShape: spec.input.shape,
    targetShape: spec.target.shape,
    ...(spec.classes === undefined ? {} : { classes: spec.classes }),
    learningRate,
    sgn: SGN_OPTIONS,
    refreshing: REFRESHING,
    layers,
    params: leaves.map(({ type }) => ({ shape: type.shape })),
  };
  await writeExchange(directory, manifest, {
    params: leaves.map(({ data }) => data),
    inputs: gather(train.inputs, sizeOf(spec.input.shape)),
    targets: gather(train.targets, sizeOf(spec.target.shape)),
  });
  return {};
}

/** Uniform inputs and random classes, in place of data that are missing: as much work, but nothing to learn. */
function generatedData({ inputShape, classes }, size) {
  const draws = random.xoroshiro128plus(1);
  const inputs = random.signedUniforms(draws, size * sizeOf(inputShape));
  const targets = Int32Array.from({ length: size }, () => random.uniformInt(draws, classes));
  const spec = { task: 'classification', input: { shape: inputShape }, target: { shape: [] }, classes };
  return { spec, train: { size, inputs, targets } };
}

async function prepare({ directory, step, threads }) {
  await prepared?.dispose();
  prepared = undefined;
  const start = performance.now();
  const { manifest, params, batches } = await readExchange(directory);
  engine ??= await startEngine(threads);
  const { model } = await workshop.definition(manifest.name);
  const spec = {
    task: manifest.classes === undefined ? 'regression' : 'classification',
    input: { shape: manifest.inputShape },
    target: { shape: manifest.targetShape },
    classes: manifest.classes,
  };
  const network = await workshop.model(model, spec);
  const options = {
    sgd: { learningRate: manifest.learningRate },
    sgn: { ...SGN_OPTIONS, cgIterations: step.cgIterations, warmupSteps: 0 },
    ...REFRESHING,
  }[step.kind];
  const run = { model: network, batchSize: manifest.batchSize };
  const optimizer = options && (await workshop.optimizer(step.kind, options, run));
  prepared = await Step.compile(
    programOf({ step, manifest, spec, model: network, loss: losses[manifest.loss], optimizer }),
    { manifest, params, batches },
  );
  return { seconds: (performance.now() - start) / 1000 };
}

async function startEngine(threads) {
  const { manifest, plugin } = await workshop.plugin('engine', ENGINE);
  try {
    return await plugin.create(
      completeHyperparameters(manifest, { threads, ...JSON.parse(HYPERPARAMETERS) }),
    );
  } catch (error) {
    throw error instanceof GaussmarkError ? new Unsupported(error.message) : error;
  }
}

/** A compiled step, with its buffers: two sets that parameters and state go back and forth between. */
class Step {
  constructor(fields) {
    Object.assign(this, fields);
  }

  static async compile(described, { manifest, params, batches }) {
    const { program, carried, metrics, dtype } = described;
    const clock = described.clock ? engine.allocate({ dtype: 'int32', shape: [] }) : undefined;
    const { outputs } = program;
    const start = [...params.map((data, i) => ({ type: program.inputs[i].type, data })), ...described.state];
    const upload = (data, type) => engine.upload({ type, data });
    const first = start.map(({ data, type }) => upload(data, type));
    const extra = described.direction ? params.map((data, i) => upload(data, program.inputs[i].type)) : [];
    const examples = batches.map(({ inputs, targets }) => [
      upload(inputs, { dtype, shape: [manifest.batchSize, ...manifest.inputShape] }),
      upload(targets, {
        dtype: manifest.classes === undefined ? dtype : 'int32',
        shape: [manifest.batchSize, ...manifest.targetShape],
      }),
    ]);
    const second = carried ? first.map((buffer) => engine.allocate(buffer.type)) : first;
    const results = carried
      ? [engine.allocate(outputs.at(-1).type)]
      : outputs.map((atom) => engine.allocate(atom.type));
    const passage = (from, to) =>
      examples.map((batch) => ({
        inputs: [...from, ...extra, ...batch, ...(clock ? [clock] : [])],
        outputs: carried ? [...to, ...results] : results,
      }));
    return new Step({
      executable: await engine.compile(program),
      start,
      first,
      results,
      metrics,
      carried,
      clock,
      passages: [passage(first, second), passage(second, first)],
    });
  }

  async run(count, untimed) {
    for (const [i, buffer] of this.first.entries()) buffer.write(this.start[i].data);
    const [result] = this.results;
    const index = {
      cg: this.metrics.indexOf('cgIterations'),
      search: this.metrics.indexOf('lineSearchSteps'),
    };
    const values = [];
    let cgIterations = 0;
    let lineSearchSteps = 0;
    let begin = performance.now();
    for (let i = 0; i < untimed + count; i++) {
      if (i === untimed) begin = performance.now();
      this.clock?.write(Int32Array.of(i));
      const passages = this.passages[i % 2];
      const { inputs, outputs } = passages[i % passages.length];
      await this.executable.run(inputs, outputs);
      if (!this.carried) continue;
      const read = await result.read();
      if (i < REPORTED_LOSSES) values.push(read[0]);
      if (index.cg >= 0) cgIterations += read[index.cg];
      if (index.search >= 0) lineSearchSteps += read[index.search];
    }
    const seconds = (performance.now() - begin) / 1000;
    if (!this.carried) values.push(...(await this.checkValues()));
    return { seconds, values, cgIterations, lineSearchSteps };
  }

  /** The check values of a gradient or a product: the loss if there is one, and the Euclidean norm. */
  async checkValues() {
    const all = await Promise.all(this.results.map((buffer) => buffer.read()));
    const vector = this.metrics.length > 0 ? all.slice(0, -1) : all;
    let square = 0;
    for (const leaf of vector) for (const value of leaf) square += value * value;
    return [...(this.metrics.length > 0 ? [all.at(-1)[0]] : []), Math.sqrt(square)];
  }

  async dispose() {
    await this.executable.dispose();
    const buffers = this.passages.flat().flatMap(({ inputs, outputs }) => [...inputs, ...outputs]);
    for (const buffer of new Set(buffers)) buffer.dispose();
  }
}

await serve({
  hello: async ({ threads }) => {
    engine ??= await startEngine(threads);
    return { info: { name: 'gaussmark', ...engine.info, node: process.version } };
  },
  write,
  prepare,
  run: async ({ count, untimed = 0 }) => prepared.run(count, untimed),
});
await engine?.dispose();
