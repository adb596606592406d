// The shapes of convolutions and pools that are tested, with their values by ONNX's reference implementation.

import type { Conv2dParams, Padding2d, Pair, Pool2dParams, Shape } from '../../src/index.js';
import { sizeOf, type TensorValue, tensorValue } from '../../src/index.js';
import data from './windows.expected.json' with { type: 'json' };

export interface ConvolutionExample {
  readonly name: string;
  readonly x: Shape;
  readonly filter: Shape;
  readonly params: Conv2dParams;
  readonly y: Shape;
  readonly value: readonly number[];
  readonly inputAdjoint: readonly number[];
  readonly filterAdjoint: readonly number[];
}

export interface PoolExample {
  readonly name: string;
  readonly x: Shape;
  /** Of the pattern: few different values make ties. */
  readonly period: number;
  readonly params: Pool2dParams;
  readonly y: Shape;
  readonly maxima: readonly number[];
  readonly positions: readonly number[];
  readonly means: readonly number[];
}

const pairOf = ([a, b]: readonly number[]): Pair => [a!, b!];
const paddingOf = ([a, b]: readonly (readonly number[])[]): Padding2d => [pairOf(a!), pairOf(b!)];

export const CONVOLUTIONS: readonly ConvolutionExample[] = data.convolutions.map((example) => {
  const { strides, padding, dilations, groups } = example.params;
  const params = {
    strides: pairOf(strides),
    padding: paddingOf(padding),
    dilations: pairOf(dilations),
    groups,
  };
  return { ...example, params };
});

export const POOLS: readonly PoolExample[] = data.pools.map((example) => {
  const { window, strides, padding } = example.params;
  return {
    ...example,
    params: { window: pairOf(window), strides: pairOf(strides), padding: paddingOf(padding) },
  };
});

export const heightAndWidth = (shape: Shape): Pair => pairOf(shape.slice(2));

/** Integers around zero; `pattern` in windows.py gives the same. */
export function integers(shape: Shape, seed: number, period = 23): TensorValue {
  const values = Array.from(
    { length: sizeOf(shape) },
    (_, i) => ((i * 37 + seed * 11) % period) - Math.floor(period / 2),
  );
  return tensorValue('float64', shape, values);
}
