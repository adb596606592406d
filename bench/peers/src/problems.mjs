// The problems that are compared: data, network, loss, batch size, dtype and the learning rate of the SGD step.

/**
 * @typedef {{ kind: 'dense' } | { kind: 'conv' } | { kind: 'maxPool', window: number } | { kind: 'flatten' }
 *   | { kind: 'activation', name: 'sigmoid' | 'tanh' | 'relu' }} Layer
 *   `conv`: cross-correlation, stride 1, valid padding, NCHW data and OIHW filters. `dense` and `conv` take a weight and
 *   a bias from the parameters, in order.
 *
 * @typedef {object} PeerProblem
 * @property {string} name
 * @property {string} [builtin] the harness's problem that it is taken from
 * @property {{ name: string, hyperparameters?: Record<string, unknown> }} [dataset] in place of that problem's
 * @property {{ name: string, hyperparameters?: Record<string, unknown> }} [model] in place of that problem's
 * @property {string} [loss] in place of that problem's
 * @property {number} [batchSize] in place of that problem's
 * @property {number} [batches] written mini-batches, in place of BATCHES
 * @property {'float32' | 'float64'} dtype
 * @property {number} learningRate of the SGD step
 * @property {readonly Layer[]} layers the network, as the peers build it
 */

/** Mini-batches of a problem: a run of more steps cycles through them. */
export const BATCHES = 3;

const activation = (name) => ({ kind: 'activation', name });

/** Dense layers with an activation between them: `hidden` of them, and the last one. */
function mlpLayers(hidden, name) {
  const inner = Array.from({ length: hidden }, () => [{ kind: 'dense' }, activation(name)]).flat();
  return [{ kind: 'flatten' }, ...inner, { kind: 'dense' }];
}

const CONV = [{ kind: 'conv' }, activation('relu')];
const POOL = { kind: 'maxPool', window: 2 };
const DENSE = [{ kind: 'dense' }, activation('relu')];

/** MLP 784-1024-1024-10 on mnist. */
const wide = (batchSize) => ({
  name: `wide-${batchSize}`,
  builtin: 'mnist',
  model: {
    name: 'mlp',
    hyperparameters: { hidden: [1024, 1024], activation: 'tanh', initialization: 'glorot' },
  },
  batchSize,
  dtype: 'float32',
  learningRate: 0.1,
  layers: mlpLayers(2, 'tanh'),
});

/** @type {readonly PeerProblem[]} The six problems of the SGN paper, mnist in float32 as well, and a wide MLP at three batch sizes. */
export const PROBLEMS = [
  {
    name: 'boston',
    builtin: 'boston',
    dtype: 'float64',
    learningRate: 0.01,
    layers: mlpLayers(2, 'sigmoid'),
  },
  {
    name: 'sine10',
    builtin: 'sine10',
    dtype: 'float64',
    learningRate: 0.01,
    layers: mlpLayers(3, 'sigmoid'),
  },
  {
    name: 'sine100',
    builtin: 'sine100',
    dtype: 'float64',
    learningRate: 0.01,
    layers: mlpLayers(3, 'sigmoid'),
  },
  { name: 'mnist', builtin: 'mnist', dtype: 'float64', learningRate: 0.1, layers: mlpLayers(3, 'sigmoid') },
  {
    name: 'mnist-float32',
    builtin: 'mnist',
    dtype: 'float32',
    learningRate: 0.1,
    layers: mlpLayers(3, 'sigmoid'),
  },
  {
    name: 'fashion',
    builtin: 'fashion',
    dtype: 'float32',
    learningRate: 0.01,
    layers: [...CONV, POOL, ...CONV, POOL, { kind: 'flatten' }, ...DENSE, ...DENSE, { kind: 'dense' }],
  },
  {
    name: 'cifar10',
    builtin: 'cifar10',
    dtype: 'float32',
    learningRate: 0.01,
    layers: [...CONV, POOL, ...CONV, POOL, ...CONV, { kind: 'flatten' }, ...DENSE, { kind: 'dense' }],
  },
  wide(100),
  wide(1000),
  wide(10000),
];

/** @type {readonly PeerProblem[]} For GPUs: too long for a CPU to be run by default. */
export const LARGE_PROBLEMS = [
  {
    name: 'mnist-60000',
    builtin: 'mnist',
    batchSize: 60000,
    batches: 1,
    dtype: 'float32',
    learningRate: 0.1,
    layers: mlpLayers(3, 'sigmoid'),
  },
];

/** @returns {PeerProblem} the problem of that name */
export function findProblem(name) {
  const all = [...PROBLEMS, ...LARGE_PROBLEMS];
  const problem = all.find((each) => each.name === name);
  if (problem === undefined) {
    const known = all.map((each) => each.name).join(', ');
    throw new RangeError(`unknown problem '${name}'; there are ${known}`);
  }
  return problem;
}

/** The options of the SGN step: those of the archived runs, without the warm-up, so that SGN(n) is n iterations. */
export const SGN_OPTIONS = {
  cgTolerance: 1e-6,
  damping: 1e-4,
  minDamping: 1e-6,
  sufficientDecrease: 1e-4,
  backtrackingFactor: 0.5,
  maxLineSearchSteps: 10,
  stepSize: 1,
};

/** Steps between two refreshes of the steps below. */
export const REFRESH_EVERY = 10;

/** The steps of optimizers that refresh matrices now and then, with their options as in the manifests: timed over whole cycles. */
export const REFRESHING = {
  soap: {
    learningRate: 0.003,
    beta1: 0.95,
    beta2: 0.95,
    epsilon: 1e-8,
    refreshEvery: REFRESH_EVERY,
    maxSize: 256,
    weightDecay: 0.01,
  },
  shampoo: {
    // A power of 2, since the reference rounds it to float32.
    learningRate: 2 ** -10,
    beta1: 0.9,
    beta2: 1,
    epsilon: 1e-6,
    refreshEvery: REFRESH_EVERY,
    startStep: REFRESH_EVERY,
    blockSize: 128,
    grafting: 'adam',
    graftingBeta2: 0.999,
    graftingEpsilon: 1e-8,
    weightDecay: 0,
  },
  kfac: {
    stepSize: 'fixed',
    learningRate: 0.01,
    momentum: 0.9,
    damping: 0.03,
    adaptiveDamping: false,
    fisher: 'sampled',
    factorDecay: 0.95,
    factorsEvery: REFRESH_EVERY,
    inversesEvery: REFRESH_EVERY,
    weightDecay: 0,
  },
};

/**
 * A step by its name: `gradient`, `ggn` (one Gauss-Newton product, forward pass included), `sgd`, `sgn(n)`, or one of {@link REFRESHING}.
 *
 * @returns {{ kind: string, cgIterations?: number }} `cgIterations` only of sgn
 */
export function parseStep(text) {
  const sgn = /^sgn\((\d+)\)$/.exec(text);
  if (sgn !== null && Number(sgn[1]) > 0) return { kind: 'sgn', cgIterations: Number(sgn[1]) };
  const names = ['gradient', 'ggn', 'sgd', ...Object.keys(REFRESHING)];
  if (names.includes(text)) return { kind: text };
  throw new RangeError(`unknown step '${text}'; there are ${names.join(', ')} and sgn(n), n = 1, 2, ...`);
}
