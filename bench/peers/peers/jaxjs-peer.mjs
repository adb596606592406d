// The steps in jax-js (WebAssembly). Its arrays are reference-counted: a function consumes what it is given, `.ref` keeps it.
//
// It has jit, jvp, linearize and vjp, but no loop inside a program and no donation. So the SGN step is driven by the host:
// linearized once, each product applied to the kept residuals, vector operations of CG in jitted functions.

import { sizeOf } from '../src/exchange.mjs';
import {
  norm,
  peerPackage,
  peerVersion,
  runAnswer,
  searchAlong,
  servePeer,
} from '../src/javascript-peer.mjs';
import { REPORTED_LOSSES, Unsupported } from '../src/serve.mjs';

const {
  blockUntilReady,
  defaultDevice,
  init,
  jit,
  lax,
  linearize,
  nn,
  numpy: np,
  tree,
  valueAndGrad,
  vjp,
} = await peerPackage('jax.mjs');

await init('wasm');
defaultDevice('wasm');

const ACTIVATIONS = { sigmoid: nn.sigmoid, tanh: np.tanh, relu: nn.relu };

/** The outputs before the loss, (M, ...). Consumes the parameters and x. */
function network(layers, params, x) {
  const leaves = [...params];
  for (const layer of layers) {
    switch (layer.kind) {
      case 'dense': {
        const [weight, bias] = leaves.splice(0, 2);
        x = np.dot(x, weight).add(bias);
        break;
      }
      case 'conv': {
        const [weight, bias] = leaves.splice(0, 2);
        x = lax.conv(x, weight, [1, 1], 'VALID').add(bias.reshape([1, -1, 1, 1]));
        break;
      }
      case 'maxPool': {
        const [n, c, h, w] = x.shape;
        const k = layer.window;
        if (h % k !== 0 || w % k !== 0) x = x.slice([], [], [0, h - (h % k)], [0, w - (w % k)]);
        x = np.max(x.reshape([n, c, Math.floor(h / k), k, Math.floor(w / k), k]), [3, 5]);
        break;
      }
      case 'flatten':
        if (x.ndim > 2) x = x.reshape([x.shape[0], -1]);
        break;
      case 'activation':
        x = ACTIVATIONS[layer.name](x);
        break;
      default:
        throw new Unsupported(`layer ${layer.kind}`);
    }
  }
  return x;
}

/** Losses of the outputs; targets are one-hot rows for classes. Both consume their arguments. */
const LOSSES = {
  squaredError: (outputs, targets) => np.mean(np.square(outputs.sub(targets))),
  softmaxCrossEntropy: (outputs, targets) => {
    const examples = outputs.shape[0];
    return np.sum(nn.logSoftmax(outputs).mul(targets)).mul(-1 / examples);
  },
};

const dot = (a, b) => a.map((x, i) => np.sum(x.mul(b[i]))).reduce((sum, each) => sum.add(each));
const maxAbs = (a) => a.map((x) => np.max(np.absolute(x))).reduce((most, each) => np.maximum(most, each));
const number = (array) => array.item();

class Step {
  constructor(step, { manifest, params, batches }) {
    const { dtype, layers, batchSize, classes, sgn } = manifest;
    if (dtype === 'float64') {
      throw new Unsupported(
        'exp, log and tanh of float64 arrays are computed in single precision (errors of 1e-8)',
      );
    }
    const array = (data, shape) => np.array(data, { shape, dtype: np.float32 });
    const inputShape =
      layers[0].kind === 'flatten'
        ? [batchSize, sizeOf(manifest.inputShape)]
        : [batchSize, ...manifest.inputShape];
    this.step = step;
    this.options = sgn;
    this.params = params.map((data, i) => array(data, manifest.params[i].shape));
    this.batches = batches.map(({ inputs, targets }) => [
      array(inputs, inputShape),
      classes === undefined
        ? array(targets, [batchSize, ...manifest.targetShape])
        : array(oneHot(targets, classes), [batchSize, classes]),
    ]);
    const loss = LOSSES[manifest.loss];
    const lossOf = (at, x, y) => loss(network(layers, at, x), y);
    this.valueAndGrad = jit(valueAndGrad(lossOf));
    this.lossOf = jit(lossOf);
    // Apart from the gradient: fused with the update, its matrix products fall off their fast path.
    this.descend = jit((at, slope) => at.map((leaf, i) => leaf.sub(slope[i].mul(manifest.learningRate))));
    this.outputs = (at, x) => network(layers, at, x);
    this.lossSlope = (z, y) => valueAndGrad(loss)(z, y);
    // CG's own arithmetic; x, r, p are consumed.
    this.update = jit((x, r, p, bp, rr, rho) => {
      const q = bp.map((leaf, i) => leaf.add(p[i].ref.mul(rho.ref)));
      rho.dispose();
      const alpha = rr.ref.div(dot(tree.ref(p), tree.ref(q)));
      const nextX = x.map((leaf, i) => leaf.add(p[i].ref.mul(alpha.ref)));
      const nextR = r.map((leaf, i) => leaf.sub(q[i].mul(alpha.ref)));
      alpha.dispose();
      const nextRr = dot(tree.ref(nextR), tree.ref(nextR));
      const beta = nextRr.ref.div(rr);
      const nextP = nextR.map((leaf, i) => leaf.ref.add(p[i].mul(beta.ref)));
      beta.dispose();
      const norm = maxAbs(tree.ref(nextR));
      return [nextX, nextR, nextP, nextRr, norm];
    });
    this.move = jit((at, x, alpha) => {
      const moved = at.map((leaf, i) => leaf.sub(x[i].mul(alpha.ref)));
      alpha.dispose();
      return moved;
    });
    this.dot = jit(dot);
    this.ggn = jit((at, v, x, y) => {
      const point = this.linearizeAt(at, x, y);
      const result = point.product(v);
      tree.dispose([at, x, y, point.value, point.grads]);
      point.dispose();
      return result;
    });
    this.scalar = (value) => np.array(value, { dtype: np.float32 });
  }

  /** Loss, gradient, and v -> B v on the residuals of one forward pass. Consumes nothing. */
  linearizeAt(params, x, y) {
    const f = (at) => this.outputs(at, x.ref);
    const [outputs, jvpFn] = linearize(f, [tree.ref(params)]);
    const [again, vjpFn] = vjp(f, [tree.ref(params)]);
    again.dispose();
    const [value, slope] = this.lossSlope(outputs.ref, y.ref);
    const [spare, hessian] = linearize((z) => this.lossSlope(z, y.ref)[1], [outputs]);
    spare.dispose();
    const grads = vjpFn(slope)[0];
    return {
      value,
      grads,
      product: (v) => vjpFn(hessian(jvpFn(v)))[0],
      dispose: () => {
        for (const fn of [jvpFn, vjpFn, hessian]) fn.dispose();
      },
    };
  }

  sgn(params, rho, x, y) {
    const { options } = this;
    const point = this.linearizeAt(params, x, y);
    const before = number(point.value.ref);
    let r = tree.ref(point.grads);
    let p = tree.ref(point.grads);
    let solution = point.grads.map((leaf) => np.zerosLike(leaf.ref));
    let rr = this.dot(tree.ref(point.grads), tree.ref(point.grads));
    let norm;
    let k = 0;
    do {
      const bp = point.product(tree.ref(p));
      [solution, r, p, rr, norm] = this.update(solution, r, p, bp, rr, this.scalar(rho));
      k++;
      norm = number(norm);
    } while (k < this.step.cgIterations && norm > options.cgTolerance);
    const slope = -number(this.dot(tree.ref(point.grads), tree.ref(solution)));
    const residual = -number(this.dot(r, tree.ref(solution)));
    for (const leaf of [rr, point.value, ...p, ...point.grads]) leaf.dispose();
    point.dispose();
    const lossAt = (alpha) =>
      number(this.lossOf(this.move(tree.ref(params), tree.ref(solution), this.scalar(alpha)), x.ref, y.ref));
    const { alpha, rho: next, searched } = searchAlong({ before, slope, residual, rho, options, lossAt });
    return {
      params: this.move(params, solution, this.scalar(alpha)),
      rho: next,
      info: [before, k, searched],
    };
  }

  async run(count) {
    let params = tree.ref(this.params);
    let rho = this.options.damping;
    const infos = [];
    let last;
    const begin = performance.now();
    for (let i = 0; i < count; i++) {
      const [x, y] = this.batches[i % this.batches.length];
      switch (this.step.kind) {
        case 'gradient':
          if (last !== undefined) tree.dispose(last);
          last = this.valueAndGrad(tree.ref(params), x.ref, y.ref);
          // Evaluation is lazy: values disposed of before use are never computed.
          await blockUntilReady(last);
          break;
        case 'ggn': {
          if (last !== undefined) tree.dispose(last);
          last = this.ggn(tree.ref(params), tree.ref(params), x.ref, y.ref);
          await blockUntilReady(last);
          break;
        }
        case 'sgd': {
          const [value, slope] = this.valueAndGrad(tree.ref(params), x.ref, y.ref);
          params = this.descend(params, slope);
          await blockUntilReady([params, value]);
          infos.push([value, 0, 0]);
          break;
        }
        default: {
          const result = this.sgn(params, rho, x, y);
          ({ params, rho } = result);
          infos.push(result.info);
        }
      }
    }
    await blockUntilReady([params, last ?? []]);
    const seconds = (performance.now() - begin) / 1000;

    const values = [];
    if (this.step.kind === 'gradient') values.push(number(last[0]), norm(await dataOf(last[1])));
    else if (this.step.kind === 'ggn') values.push(norm(await dataOf(last)));
    else {
      for (const [i, [value]] of infos.entries()) {
        const loss = typeof value === 'number' ? value : number(value);
        if (i < REPORTED_LOSSES) values.push(loss);
      }
    }
    tree.dispose(params);
    return runAnswer(seconds, values, infos);
  }

  dispose() {
    tree.dispose([this.params, this.batches]);
  }
}

function oneHot(targets, classes) {
  const rows = new Float32Array(targets.length * classes);
  for (const [i, target] of targets.entries()) rows[i * classes + target] = 1;
  return rows;
}

/** The numbers of a tree, which is consumed. */
async function dataOf(leaves) {
  const arrays = [];
  for (const leaf of leaves) arrays.push(await leaf.data());
  return arrays;
}

await servePeer(
  { name: 'jax-js', version: await peerVersion('@jax-js/jax'), device: 'wasm' },
  (step, problem) => new Step(step, problem),
);
