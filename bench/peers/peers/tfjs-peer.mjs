// The steps in TensorFlow.js, on its WebAssembly or its JavaScript back end (PEER_MODE); float32 is all it has.
//
// It has no forward mode and keeps no residuals between calls, and no loop inside a graph. J v is obtained by differentiating
// J'u in u (Townsend, "A new trick for calculating Jacobian vector products", 2017), which evaluates the network again in
// every product; and where a kernel's gradient is not itself differentiable (convolutions, max pooling), there is no product.

import { sizeOf } from '../src/exchange.mjs';
import { norm, peerPackage, runAnswer, searchAlong, servePeer } from '../src/javascript-peer.mjs';
import { REPORTED_LOSSES, Unsupported } from '../src/serve.mjs';

const { tf, setThreadsCount, setWasmPaths, wasmDirectory } = await peerPackage('tfjs.mjs');
const backend = process.env.PEER_MODE ?? 'wasm';
if (backend === 'wasm') {
  setWasmPaths(wasmDirectory);
  setThreadsCount(Number(process.env.PEER_THREADS ?? 1));
}
await tf.setBackend(backend);
await tf.ready();

const ACTIVATIONS = { sigmoid: tf.sigmoid, tanh: tf.tanh, relu: tf.relu };

/** The outputs before the loss, (M, ...). Images are NHWC and filters HWIO, the only layouts of its kernels. */
function network(layers, params, x) {
  const leaves = [...params];
  let h = x;
  for (const layer of layers) {
    switch (layer.kind) {
      case 'dense': {
        const [weight, bias] = leaves.splice(0, 2);
        h = tf.add(tf.matMul(h, weight), bias);
        break;
      }
      case 'conv': {
        const [weight, bias] = leaves.splice(0, 2);
        h = tf.add(tf.conv2d(h, tf.transpose(weight, [2, 3, 1, 0]), 1, 'valid'), bias);
        break;
      }
      case 'maxPool':
        h = tf.maxPool(h, layer.window, layer.window, 'valid');
        break;
      case 'flatten':
        if (h.rank === 4) h = tf.transpose(h, [0, 3, 1, 2]);
        h = tf.reshape(h, [h.shape[0], -1]);
        break;
      case 'activation':
        h = ACTIVATIONS[layer.name](h);
        break;
      default:
        throw new Unsupported(`layer ${layer.kind}`);
    }
  }
  return h;
}

/** Losses of the outputs; targets are one-hot rows for classes. */
const LOSSES = {
  squaredError: (outputs, targets) => tf.mean(tf.square(tf.sub(outputs, targets))),
  softmaxCrossEntropy: (outputs, targets) =>
    tf.div(tf.neg(tf.sum(tf.mul(tf.logSoftmax(outputs), targets))), outputs.shape[0]),
};

/** H u: the Hessians of the losses in the outputs, by hand; its gradients of gradients do not cover log-softmax. */
const HESSIANS = {
  squaredError: (outputs, u) => tf.mul(u, 2 / outputs.size),
  softmaxCrossEntropy: (outputs, u) => {
    const p = tf.softmax(outputs);
    const pu = tf.mul(p, u);
    return tf.div(tf.sub(pu, tf.mul(p, tf.sum(pu, 1, true))), outputs.shape[0]);
  },
};

const number = (tensor) => tensor.dataSync()[0];
const dataOf = (tensors) => tensors.map((tensor) => tensor.dataSync());
const dot = (a, b) => tf.addN(a.map((x, i) => tf.sum(tf.mul(x, b[i]))));
const axpy = (scale, x, y) => x.map((leaf, i) => tf.add(tf.mul(leaf, scale), y[i]));
const maxAbs = (a) => Math.max(...a.map((x) => number(tf.max(tf.abs(x)))));

class Step {
  constructor(step, { manifest, params, batches }) {
    const { layers, batchSize, classes, dtype } = manifest;
    if (dtype !== 'float32') throw new Unsupported('TensorFlow.js has no float64');
    const convolutional = layers.some(({ kind }) => kind === 'conv');
    if (convolutional && backend === 'wasm') {
      throw new Unsupported(
        'the wasm back end has no kernel for the gradient of a convolution in its filter',
      );
    }
    if (convolutional && (step.kind === 'ggn' || step.kind === 'sgn')) {
      throw new Unsupported(
        'a Gauss-Newton product needs gradients of the gradients of convolution and max pooling',
      );
    }
    Object.assign(this, { step, options: manifest.sgn, learningRate: manifest.learningRate, layers });
    this.params = params.map((data, i) => tf.tensor(data, manifest.params[i].shape));
    this.batches = batches.map(({ inputs, targets }) => {
      const x = tf.tensor(inputs, [batchSize, ...manifest.inputShape]);
      return [
        convolutional
          ? tf.transpose(x, [0, 2, 3, 1])
          : tf.reshape(x, [batchSize, sizeOf(manifest.inputShape)]),
        classes === undefined
          ? tf.tensor(targets, [batchSize, ...manifest.targetShape])
          : tf.cast(tf.oneHot(tf.tensor1d(targets, 'int32'), classes), 'float32'),
      ];
    });
    this.loss = LOSSES[manifest.loss];
    this.hessian = HESSIANS[manifest.loss];
  }

  lossAt(params, [x, y]) {
    return this.loss(network(this.layers, params, x), y);
  }

  valueAndGrads(params, batch) {
    return tf.valueAndGrads((...at) => this.lossAt(at, batch))(params);
  }

  /** B v at params. */
  product(params, v, [x]) {
    return tf.tidy(() => {
      const outputs = network(this.layers, params, x);
      const transposed = tf.grads((...at) => network(this.layers, at, x));
      const along = (u) => tf.addN(transposed(params, u).map((leaf, i) => tf.sum(tf.mul(leaf, v[i]))));
      const jv = tf.grad(along)(tf.zerosLike(outputs));
      return transposed(params, this.hessian(outputs, jv));
    });
  }

  sgn(params, rho, batch) {
    const { options } = this;
    const { value, grads } = this.valueAndGrads(params, batch);
    const before = number(value);
    let x = grads.map((leaf) => tf.zerosLike(leaf));
    let [r, p] = [grads, grads];
    let rr = number(dot(r, r));
    let k = 0;
    let norm = Number.POSITIVE_INFINITY;
    while (k < this.step.cgIterations && norm > options.cgTolerance) {
      const q = axpy(rho, p, this.product(params, p, batch));
      const alpha = rr / number(dot(p, q));
      x = axpy(alpha, p, x);
      r = axpy(-alpha, q, r);
      const next = number(dot(r, r));
      p = axpy(next / rr, p, r);
      rr = next;
      norm = maxAbs(r);
      k++;
    }
    const moved = (alpha) => axpy(-alpha, x, params);
    const lossAt = (alpha) => number(this.lossAt(moved(alpha), batch));
    const slope = -number(dot(grads, x));
    const residual = -number(dot(r, x));
    const { alpha, rho: next, searched } = searchAlong({ before, slope, residual, rho, options, lossAt });
    return { params: moved(alpha), rho: next, info: [before, k, searched] };
  }

  async run(count) {
    let params = this.params.map((leaf) => leaf.clone());
    const direction = params;
    let rho = this.options.damping;
    const infos = [];
    let last;
    const replace = (next) => {
      const before = params;
      params = next;
      if (before !== direction) tf.dispose(before);
    };
    const begin = performance.now();
    for (let i = 0; i < count; i++) {
      const batch = this.batches[i % this.batches.length];
      tf.dispose(last);
      switch (this.step.kind) {
        case 'gradient':
          last = this.valueAndGrads(params, batch);
          break;
        case 'ggn':
          last = this.product(params, direction, batch);
          break;
        case 'sgd': {
          const [moved, value] = tf.tidy(() => {
            const { value, grads } = this.valueAndGrads(params, batch);
            return [axpy(-this.learningRate, grads, params), value];
          });
          infos.push([value, 0, 0]);
          replace(moved);
          break;
        }
        default: {
          const result = tf.tidy(() => this.sgn(params, rho, batch));
          replace(result.params);
          rho = result.rho;
          infos.push(result.info);
        }
      }
    }
    const seconds = (performance.now() - begin) / 1000;

    const losses = infos.map(([value]) => (typeof value === 'number' ? value : number(value)));
    const values =
      this.step.kind === 'gradient'
        ? [number(last.value), norm(dataOf(last.grads))]
        : this.step.kind === 'ggn'
          ? [norm(dataOf(last))]
          : losses.slice(0, REPORTED_LOSSES);
    tf.dispose([last ?? [], params, direction, infos.map(([value]) => value)]);
    return runAnswer(seconds, values, infos);
  }

  dispose() {
    tf.dispose([this.params, this.batches]);
  }
}

await servePeer(
  { name: 'tfjs', version: tf.version['tfjs-core'], backend: tf.getBackend() },
  (step, problem) => new Step(step, problem),
);
