// __name__: two interleaved half circles. Replace it with your data.

import { createHash } from 'node:crypto';
import { RandomState } from '@gaussmark/random';

const SPEC = {
  task: 'classification',
  input: { shape: [2] },
  target: { shape: [] },
  classes: 2,
  classNames: ['upper', 'lower'],
};

export default {
  describe: async () => SPEC,

  async load({ trainSize, testSize, noise }) {
    const [train, test] = [generate(1, trainSize, noise), generate(2, testSize, noise)];
    return {
      spec: SPEC,
      train,
      test,
      // To read a file instead, give its place and licence here, and compare its checksum before parsing it.
      provenance: {
        source: 'generated',
        license: 'CC0-1.0',
        checksums: { train: checksum(train), test: checksum(test) },
      },
    };
  },
};

/** Inputs (size, 2) and class indices (size); the same numbers on every machine. */
function generate(seed, size, noise) {
  const random = new RandomState(seed);
  const inputs = new Float64Array(2 * size);
  const targets = new Int32Array(size);
  for (let i = 0; i < size; i++) {
    const label = i % 2;
    const angle = random.uniform(0, Math.PI);
    const [x, y] = [Math.cos(angle), Math.sin(angle)];
    inputs[2 * i] = (label === 0 ? x : 1 - x) + noise * random.standardNormal();
    inputs[2 * i + 1] = (label === 0 ? y : 0.5 - y) + noise * random.standardNormal();
    targets[i] = label;
  }
  return { size, inputs, targets };
}

function checksum({ inputs, targets }) {
  return createHash('sha256').update(inputs).update(targets).digest('hex');
}
