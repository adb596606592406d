// Small networks and mini-batches.

import { randomNumbers, randomVector } from '../../optim/test/plain-linear-algebra.js';
import type { LossName, Network, PlainBatch } from './plain-network.js';

export const SMALL: Network = { activation: 'sigmoid', widths: [2, 3, 2] };
export const DEEP: Network = { activation: 'tanh', widths: [2, 3, 4, 3] };

export function randomBatch(network: Network, loss: LossName, seed: number, examples = 6): PlainBatch {
  const random = randomNumbers(seed);
  const inputs = Array.from({ length: examples }, () => randomVector(network.widths[0]!, random));
  const outputs = network.widths.at(-1)!;
  return loss === 'squaredError'
    ? { inputs, loss, targets: inputs.map(() => randomVector(outputs, random)) }
    : { inputs, loss, targets: inputs.map((_, i) => i % outputs) };
}
