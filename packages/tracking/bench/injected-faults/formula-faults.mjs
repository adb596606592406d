// Faults in the formulas of hyperparameters: what the settings that are derived from manifests have to see.

const edit = (place, from, to) => ({ in: place, from, to });
const formula = (measure) => (name, place, from, to) => ({
  kind: 'formula',
  name,
  edits: [edit(place, from, to)],
  measure,
});

/** What is measured of a faulty copy: the plugin with the fault, on a problem that takes a moment. */
const sgd = formula({ problem: 'sine10', optimizer: 'sgd' });
const sgn = formula({ problem: 'sine10', optimizer: 'sgn' });
const model = (name, data) => formula({ problem: `${data}+${name}`, optimizer: 'sgd' });
const dataset = (name) => formula({ problem: name, optimizer: 'sgd' });
const mlp = model('mlp[hidden=[4]]', 'sine');

const SGD = 'optimizer-sgd:sgd.js';
const PIECES = 'optim:transformation.js';
const VELOCITY = 'optim:momentum.js';
const RATE = 'optim:schedule.js';
const LEARNING_RATE = 'optim:learning-rate.js';
const SGN = 'optimizer-sgn:sgn.js';
const DAMPING = 'optimizer-sgn:damping.js';
const TRUST = 'optim:levenberg-marquardt.js';
const PRECONDITIONER = 'optim:preconditioner.js';
const LINE = 'optim:line-search.js';
const INIT = 'models:initialization.js';
const ACTIVATIONS = 'models:activations.js';

export const FORMULA = [
  sgd('sgd: weight decay with the wrong sign', PIECES, 'weightDecay, params)', '-weightDecay, params)'),
  sgd(
    'sgd: a linear schedule that rises',
    RATE,
    'mul(from - to, sub(1, share))',
    'mul(from - to, add(1, share))',
  ),
  sgd('sgd: a cosine that begins at 0', RATE, 'add(1, cos(', 'sub(1, cos('),
  sgd('sgd: a step schedule that rises', RATE, 'pow(scalar(factor', 'pow(scalar(1 / factor'),
  sgd('sgd: reductions after half of the steps', LEARNING_RATE, 'steps / 3', 'steps / 2'),
  sgd('sgd: decayEvery is one more', RATE, 'floor(div(time, every))', 'floor(div(time, every + 1))'),
  sgd(
    'sgd: a schedule that goes on after its end',
    RATE,
    'minimum(over(time, length - warmup), 1)',
    'over(time, length - warmup)',
  ),
  sgd(
    'sgd: scheduleSteps is not heard',
    LEARNING_RATE,
    'scheduleSteps ?? plannedSteps',
    'plannedSteps ?? scheduleSteps',
  ),
  sgd(
    'sgd: 1 % more of a constant learning rate',
    RATE,
    'scalar(value, time.dtype)',
    'scalar(1.01 * value, time.dtype)',
  ),
  sgd(
    "sgd: PyTorch's form without its learning rate",
    SGD,
    'chain(decay, velocity, scale(rate))',
    'chain(decay, velocity)',
  ),
  sgd('sgd: nesterov is not heard', VELOCITY, 'nesterov ? carried(v) : v', 'v'),

  sgn(
    'sgn: linear damping with the wrong sign',
    DAMPING,
    'mul(minDamping - damping,',
    'mul(damping - minDamping,',
  ),
  sgn('sgn: linear damping a step late', DAMPING, 'div(taken,', 'div(add(taken, -1),'),
  sgn('sgn: half a cosine', DAMPING, 'Math.PI / (2 * steps)', 'Math.PI / steps'),
  sgn(
    'sgn: a damping schedule that does not end',
    DAMPING,
    'select(lessEqual(steps, taken), minDamping, maximum(rho, minDamping))',
    'maximum(rho, minDamping)',
  ),
  sgn('sgn: no smallest damping', TRUST, 'maximum(mul(shrinkage, rho), minDamping)', 'mul(shrinkage, rho)'),
  sgn('sgn: the trust region the wrong way round', TRUST, 'less(ratio, low)', 'less(low, ratio)'),
  sgn(
    'sgn: scheduleSteps is not heard',
    DAMPING,
    'options.scheduleSteps ?? plannedSteps',
    'plannedSteps ?? options.scheduleSteps',
  ),
  sgn(
    'sgn: sufficient decrease with the wrong sign',
    LINE,
    'alpha * sufficientDecrease',
    '-alpha * sufficientDecrease',
  ),
  sgn('sgn: backtracking by the rest', LINE, 'mul(backtrackingFactor, at', 'mul(1 - backtrackingFactor, at'),
  sgn(
    'sgn: one more reduction',
    LINE,
    'less(at.steps, maxLineSearchSteps)',
    'less(at.steps, maxLineSearchSteps + 1)',
  ),
  sgn('sgn: the first step size is 1', LINE, ': scalar(stepSize,', ': scalar(1,'),
  sgn(
    'sgn: half of the exponent',
    PRECONDITIONER,
    'div(1, pow(x, exponent))',
    'div(1, pow(x, exponent / 2))',
  ),
  sgn('sgn: the preconditioner without damping', SGN, 'add(square(m), rho)', 'square(m)'),
  sgn(
    'sgn: a hundredth of the tolerance',
    SGN,
    'tolerance: options.cgTolerance',
    'tolerance: options.cgTolerance / 100',
  ),
  sgn(
    'sgn: a warm-up that is a step longer',
    SGN,
    'less(taken, warmupSteps - 1)',
    'less(taken, warmupSteps)',
  ),
  sgn('sgn: no line search', SGN, 'search === undefined ? step.params', 'true ? step.params'),

  mlp('gelu with another constant', ACTIVATIONS, 'mul(0.044715', 'mul(0.04715'),
  mlp('silu without its factor', ACTIVATIONS, 'mul(x, sigmoid(x))', 'sigmoid(x)'),
  mlp('softplus with the wrong sign', ACTIVATIONS, 'exp(neg(magnitude))', 'exp(magnitude)'),
  mlp(
    'glorot with another constant',
    INIT,
    'Math.sqrt(6 / (fanIn + fanOut))',
    'Math.sqrt(3 / (fanIn + fanOut))',
  ),
  mlp(
    'he with half of the variance',
    INIT,
    'normal(({ fanIn }) => 2 / fanIn)',
    'normal(({ fanIn }) => 1 / fanIn)',
  ),
  mlp(
    'lecun with the wrong fan',
    INIT,
    'normal(({ fanIn }) => 1 / fanIn)',
    'normal(({ fanOut }) => 1 / fanOut)',
  ),
  mlp(
    'the seed of the weights is not heard',
    INIT,
    'seed ?? distribution.seed ?? runSeed',
    'distribution.seed ?? runSeed',
  ),
  model('transformer[width=4,heads=2]', 'moby-dick[length=8]')(
    'transformer: scores without their scale',
    'models:transformer.js',
    'mul(scores, 1 / Math.sqrt(share))',
    'scores',
  ),
  model('resnet[widths=[2]]', 'mnist')(
    'resnet: no shortcut',
    'models:resnet.js',
    'add(shortcut, branch)',
    'branch',
  ),
  model('convnet[layers=["conv 2 3x3"]]', 'mnist')(
    'convnet: dilations are not heard',
    'models:convnet.js',
    'padding: padding, dilations, groups }',
    'padding: padding, groups }',
  ),

  dataset('sine+mlp[hidden=[4]]')(
    'sine: noise by its variance',
    'datasets:sine.js',
    'noise * normal',
    'noise * noise * normal',
  ),
  dataset('boston')(
    'boston: another column is dropped',
    'datasets:boston.js',
    'const B_COLUMN = 11',
    'const B_COLUMN = 10',
  ),
  dataset('boston')(
    'squared error with a factor 1/2',
    'problem:losses.js',
    'mean(square(sub(outputs, cast(targets, outputs.dtype))))',
    'div(mean(square(sub(outputs, cast(targets, outputs.dtype)))), 2)',
  ),
];
