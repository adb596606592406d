// The faults: edits of built files, ten of each kind and one for each formula. Every one says what it replaces; a text that is not there is an error.

import { FORMULA } from './formula-faults.mjs';

/**
 * @typedef {object} Fault
 * @property {'slower' | 'default' | 'cg' | 'momentum' | 'copy' | 'formula' | 'none'} kind
 * @property {string} name
 * @property {readonly Edit[]} edits
 * @property {{ problem: string, optimizer: string }} [measure] what is measured, in place of the profile's
 *
 * @typedef {object} Edit
 * @property {string} in `package:file`, the file by its name, wherever it is in the package's dist; or by its path
 * @property {string} from
 * @property {string} to
 */

const edit = (place, from, to) => ({ in: place, from, to });
const fault = (kind, name, ...edits) => ({ kind, name, edits });

const FUSED = 'engine-onnxruntime:fused.js';
const CALL = 'await this.caller.run(inputs, outputs);';
const NATIVE = 'await this.native.run(feeds, fetches);';

/** Spins for a tenth of what the statement took. */
const tenth = (statement, condition = 'true', spin = '') =>
  `const begun = performance.now(); ${statement} if (${condition}) { const until = performance.now() + 0.1 * (performance.now() - begun); while (performance.now() < until) { ${spin} } }`;
const hasLoop = "this.program.equations.some((equation) => equation.primitive === 'while')";

const SLOWER = [
  fault('slower', 'every program spins', edit(FUSED, CALL, tenth(CALL))),
  fault(
    'slower',
    'every native session spins',
    edit(
      'engine-onnxruntime:session.js',
      NATIVE,
      // It throws in the regular case, see there.
      `const begun = performance.now(); try { ${NATIVE} } finally { const until = performance.now() + 0.1 * (performance.now() - begun); while (performance.now() < until); }`,
    ),
  ),
  fault('slower', 'programs with loops spin', edit(FUSED, CALL, tenth(CALL, hasLoop))),
  fault('slower', 'programs without loops spin', edit(FUSED, CALL, tenth(CALL, `!${hasLoop}`))),
  fault('slower', 'long programs spin', edit(FUSED, CALL, tenth(CALL, 'this.program.equations.length > 60'))),
  fault(
    'slower',
    'programs with several loops spin',
    edit(
      FUSED,
      CALL,
      tenth(CALL, "this.program.equations.filter((equation) => equation.primitive === 'while').length > 1"),
    ),
  ),
  fault(
    'slower',
    'every program moves memory',
    edit(FUSED, CALL, tenth(CALL, 'true', 'SCRATCH.copyWithin(0, 4096, 8192);')),
    edit(FUSED, 'export class', 'const SCRATCH = new Float64Array(65536);\nexport class'),
  ),
  fault(
    'slower',
    'every program fills the heap',
    edit(FUSED, CALL, tenth(CALL, 'true', 'JSON.parse(JSON.stringify([begun, until, { a: [1, 2, 3] }]));')),
  ),
  fault(
    'slower',
    'every tenth call runs twice',
    edit(FUSED, CALL, `${CALL} this.calls = (this.calls ?? 0) + 1; if (this.calls % 10 === 0) ${CALL}`),
  ),
  fault(
    'slower',
    'every program waits, without working',
    edit(
      FUSED,
      CALL,
      `const begun = performance.now(); ${CALL} Atomics.wait(NEVER, 0, 0, 0.1 * (performance.now() - begun));`,
    ),
    edit(FUSED, 'export class', 'const NEVER = new Int32Array(new SharedArrayBuffer(4));\nexport class'),
  ),
];

const SGN = 'optimizer-sgn:sgn.js';
const MANIFEST = 'optimizer-sgn:manifest.json';
const TRUST = 'optim:levenberg-marquardt.js';
const damping = (value) =>
  fault(
    'default',
    `damping ${value}`,
    edit(
      MANIFEST,
      '"default": 1e-4,\n        "description": "rho, added',
      `"default": ${value},\n        "description": "rho, added`,
    ),
  );

const DEFAULT = [
  ...['1.05e-4', '1.1e-4', '5e-5', '2e-4', '1e-3'].map(damping),
  fault(
    'default',
    'first damping 5 % higher than it is set',
    edit(SGN, 'scalar(options.damping, dtype)', 'scalar(1.05 * options.damping, dtype)'),
  ),
  fault('default', 'damping grows by 1.4 in place of 1.5', edit(TRUST, 'growth = 3 / 2', 'growth = 1.4')),
  fault(
    'default',
    'damping shrinks by 0.7 in place of 2/3',
    edit(TRUST, 'shrinkage = 2 / 3', 'shrinkage = 0.7'),
  ),
  fault(
    'default',
    'smallest damping 1e-5',
    edit(
      MANIFEST,
      '"default": 1e-6,\n        "description": "Smallest rho',
      '"default": 1e-5,\n        "description": "Smallest rho',
    ),
  ),
  fault('default', 'the model is trusted from 0.8 on', edit(TRUST, 'high = 3 / 4', 'high = 0.8')),
];

const SOLVER = 'optim:conjugate-gradient.js';
const BUDGET = 'maxIterations: cgIterations, capacity: cgIterations';
const WARM =
  "select(less(taken, warmupSteps - 1), scalar(warmupCgIterations, 'int32'), scalar(cgIterations, 'int32'))";

const CG = [
  fault(
    'cg',
    'the loop counts one too far',
    edit(SOLVER, 'less(iterations, maxIterations)', 'lessEqual(iterations, maxIterations)'),
  ),
  fault(
    'cg',
    'one more where there is no warm-up',
    edit(SGN, BUDGET, 'maxIterations: cgIterations + 1, capacity: cgIterations + 1'),
  ),
  fault(
    'cg',
    'one more while warming up',
    edit(SGN, WARM, WARM.replace('scalar(warmupCgIterations', 'scalar(warmupCgIterations + 1')),
    edit(SGN, 'Math.max(cgIterations, warmupCgIterations)', 'Math.max(cgIterations, warmupCgIterations) + 1'),
  ),
  fault(
    'cg',
    'one more, not counted',
    edit(SOLVER, "iterations: scalar(0, 'int32')", "iterations: scalar(-1, 'int32')"),
  ),
  fault('cg', 'one more after the loop', edit(SOLVER, 'solution: last.x,', 'solution: iterate(last).x,')),
  fault(
    'cg',
    'one more with momentum',
    edit(
      SGN,
      'cgBudget(context.step, options)',
      'cgBudget(context.step, { ...options, cgIterations: options.cgIterations + (beta > 0 ? 1 : 0) })',
    ),
  ),
  fault(
    'cg',
    'one more with a preconditioner',
    edit(
      SGN,
      'cgBudget(context.step, options)',
      'cgBudget(context.step, { ...options, cgIterations: options.cgIterations + (options.preconditioned ? 1 : 0) })',
    ),
  ),
  fault(
    'cg',
    'one more in odd steps',
    edit(
      SOLVER,
      'less(iterations, maxIterations)',
      "less(iterations, typeof maxIterations === 'number' && maxIterations > 2 ? maxIterations + 1 : maxIterations)",
    ),
  ),
  fault(
    'cg',
    'the tolerance ends an iteration late',
    edit(
      SOLVER,
      'less(tolerance, norm)',
      'less(tolerance, select(equal(iterations, maxIterations), norm, add(norm, tolerance)))',
    ),
  ),
  fault(
    'cg',
    'one more by default',
    edit(
      MANIFEST,
      '"default": 10,\n        "description": "n of SGN(n)',
      '"default": 11,\n        "description": "n of SGN(n)',
    ),
  ),
];

const VELOCITY = 'optim:momentum.js';
const MOMENTS = 'optim:moments.js';
const CARRIED = 'vector.add(vector.scale(mu, v), updates)';

const MOMENTUM = [
  fault(
    'momentum',
    'sgd: mu v subtracted',
    edit(VELOCITY, CARRIED, 'vector.sub(updates, vector.scale(mu, v))'),
  ),
  fault(
    'momentum',
    'sgd: the gradient subtracted from mu v',
    edit(VELOCITY, CARRIED, 'vector.sub(vector.scale(mu, v), updates)'),
  ),
  fault(
    'momentum',
    'sgd: the velocity kept with the other sign',
    edit(VELOCITY, '{ velocity: v }', '{ velocity: vector.neg(v) }'),
  ),
  fault(
    'momentum',
    'sgd: the first step away',
    edit(VELOCITY, 'const v = carried(velocity)', 'const v = vector.neg(carried(velocity))'),
  ),
  fault('momentum', 'sgd: mu is -mu', edit(VELOCITY, 'vector.scale(mu, v)', 'vector.scale(-mu, v)')),
  fault(
    'momentum',
    'sgn: beta m subtracted',
    edit(MOMENTS, 'vector.scale(beta, moment)', 'vector.scale(-beta, moment)'),
  ),
  fault(
    'momentum',
    'sgn: the gradient subtracted',
    edit(MOMENTS, 'vector.scale(beta, moment), 1 - beta', 'vector.scale(beta, moment), beta - 1'),
  ),
  fault('momentum', 'sgn: the correction added', edit(MOMENTS, 'sub(1, pow(', 'add(1, pow(')),
  fault(
    'momentum',
    'sgn: the mean with the other sign',
    edit(MOMENTS, '(m) => div(m, weight)', '(m) => neg(div(m, weight))'),
  ),
  fault(
    'momentum',
    'sgn: kept with the other sign',
    edit(SGN, 'beta, t), momentum }', 'beta, t), momentum: vector.neg(momentum) }'),
  ),
];

const TRAINING = 'cell:dist/training.js';
const LOWER = 'engine-onnxruntime:dist/lower/program.js';

const COPY = [
  fault(
    'copy',
    'every input of a program',
    edit(
      LOWER,
      'program.inputs.map((input, i) => [input, inputs[i]])',
      "program.inputs.map((input, i) => [input, typeof results === 'string' ? inputs[i] : (graph.begin('input_' + i), graph.copy(inputs[i]))])",
    ),
  ),
  fault(
    'copy',
    'every result of a program',
    edit(LOWER, 'if (ready)', 'if (ready && false)'),
    edit(LOWER, 'const wanted = wantedNames(program, results)', 'const wanted = new Map()'),
  ),
  fault(
    'copy',
    'operands of products, transposed there and back',
    edit(
      'engine-onnxruntime:matmul.js',
      "return graph.node('Gemm', [a, b, ...addend], { ...transposed, ...scaled });",
      "return graph.node('Gemm', [swapped(graph, swapped(graph, a)), b, ...addend], { ...transposed, ...scaled });",
    ),
  ),
  fault(
    'copy',
    "the binding's own, of every output",
    edit('engine-onnxruntime:session.js', '[[SEQUENCE_OUTPUT, null], ...entries]', 'entries'),
  ),
  fault(
    'copy',
    'outputs in new buffers, then in their own',
    edit(
      'engine-onnxruntime:dist/host/call.js',
      'return this.session.run(feeds, fetches);',
      'return this.runNew(inputs).then(async (fresh) => { for (const [i, buffer] of fresh.entries()) outputs[i].write(await buffer.read()); });',
    ),
  ),
  fault(
    'copy',
    'what is written into a buffer',
    edit('engine-onnxruntime:dist/host/buffer.js', 'this.data.set(data)', 'this.data.set(data.slice())'),
  ),
  fault('copy', 'a fourth set of buffers', edit(TRAINING, 'const SETS = 3;', 'const SETS = 4;')),
  fault(
    'copy',
    'the training set, where it could be adopted',
    edit('cell:dist/setup.js', "[inputType, targetType], 'adopt')", '[inputType, targetType])'),
  ),
  fault(
    'copy',
    'the mini-batch, gathered twice',
    edit(
      'cell:dist/step.js',
      'data.map((examples) => take(examples, rows))',
      'data.map((examples) => take(take(examples, rows), iota(rows.shape[0])))',
    ),
  ),
  fault(
    'copy',
    'parameters packed and unpacked',
    edit(
      'optim:gradient-method.js',
      'params: vector.sub(params, next.updates)',
      'params: vector.unpack(vector.pack(vector.sub(params, next.updates)), params)',
    ),
  ),
];

const NONE = Array.from({ length: 20 }, (_, i) => fault('none', `nothing, ${i + 1}`));

/** @type {readonly Fault[]} */
export const FAULTS = [...SLOWER, ...DEFAULT, ...CG, ...MOMENTUM, ...COPY, ...FORMULA, ...NONE];
