// What generated datasets share: normal numbers that are the same on every machine, and their provenance.

import type { Provenance, Split } from '@gaussmark/core';
import { polarNormals, type RandomGenerator, uniformDouble, xoroshiro128plus } from '@gaussmark/random';
import { sha256 } from './files.js';

/** A split of generated float64 values. */
export interface GeneratedSplit extends Split {
  readonly inputs: Float64Array;
  readonly targets: Float64Array;
}

/**
 * Draws from N(0, 1), one at a time. Rounding to float32 hides a last bit in which two hosts' `Math.log` may differ.
 */
export function normals(random: RandomGenerator): () => number {
  const uniform = () => uniformDouble(random);
  let spare: number | undefined;
  return () => {
    const [first, second] = spare === undefined ? polarNormals(uniform) : [spare, undefined];
    spare = second;
    return Math.fround(first);
  };
}

/** Separate streams of one seed, each far ahead of the one before. */
export function streams(seed: number, count: number): readonly RandomGenerator[] {
  const random = xoroshiro128plus(seed);
  return Array.from({ length: count }, () => {
    const own = random.clone();
    random.jump();
    return own;
  });
}

/** Generated values are in the public domain; their checksums cover inputs, then targets, as float64 bytes. */
export function generatedProvenance(splits: {
  readonly train: GeneratedSplit;
  readonly test: GeneratedSplit;
}): Provenance {
  return {
    source: 'generated',
    license: 'CC0-1.0',
    checksums: { train: checksum(splits.train), test: checksum(splits.test) },
  };
}

function checksum({ inputs, targets }: GeneratedSplit): string {
  const values = new Float64Array(inputs.length + targets.length);
  values.set(inputs);
  values.set(targets, inputs.length);
  return sha256(new Uint8Array(values.buffer));
}
