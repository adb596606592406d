// A separate process that loads a native library, multiplies two matrices with it, and prints what it found.

import * as tf from '@tensorflow/tfjs-core';
import { loadNative } from './native.js';
import { type NativeName, packageAt } from './native-location.js';

const [root, device] = process.argv.slice(2) as [string, 'cpu' | 'gpu'];
const gpu = device === 'gpu';
const name: NativeName = gpu ? 'tfjs-node-gpu' : 'tfjs-node';

async function check(): Promise<string> {
  const found = packageAt(name, root);
  if (found === undefined) throw new Error(`no built ${name} in ${root}`);
  const library = loadNative(found, { gpu, threads: 1 });
  await tf.setBackend('tensorflow');
  const product = tf.matMul(tf.tensor([1, 2, 3, 4], [2, 2]), tf.tensor([5, 6, 7, 8], [2, 2])).dataSync();
  if (product.join() !== '19,22,43,50') throw new Error(`wrong matrix product: ${product.join(' ')}`);
  if (gpu && !library.gpu) throw new Error(`TensorFlow ${library.tensorflow} finds no GPU; check nvidia-smi`);
  return `TensorFlow ${library.tensorflow} on ${library.gpu ? 'the GPU' : 'the CPU'}`;
}

try {
  console.log(await check());
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
