// Type rules of convolution and pooling.

import type { Conv2dParams, Pair, Pool2dParams } from './program.js';
import { demand, demandDType, expectOperands, type TypeRule } from './type-rule.js';
import { formatType, sameShape, type TensorType } from './types.js';
import {
  convWindows,
  extent,
  poolWindows,
  type WindowPrimitive,
  type Windows,
  windowCount,
} from './windows.js';

const AXES = ['height', 'width'] as const;

type Shape4 = readonly [number, number, number, number];

function demandFourAxes(what: string, { shape }: TensorType): Shape4 {
  demand(shape.length === 4, `${what}: expected 4 axes, got ${shape.length}; reshape() it`);
  return shape as unknown as Shape4;
}

function demandFloats(operands: readonly TensorType[]): void {
  for (const operand of operands) demandDType(operand, 'float');
  demand(
    operands.every((operand) => operand.dtype === operands[0]!.dtype),
    'dtypes differ; cast() one of them',
  );
}

const isSize = (n: number) => Number.isInteger(n) && n >= 1;

function demandPair(what: string, pair: Pair): void {
  demand(
    pair.length === 2 && pair.every(isSize),
    `${what}: expected two positive integers, got [${pair.join(',')}]`,
  );
}

/** The number of windows along the height and the width; at least one each. */
function counts(windows: readonly [Windows, Windows]): Pair {
  const along = (axis: 0 | 1): number => {
    const { size, padding } = windows[axis];
    const padded = padding.every((n) => Number.isInteger(n) && n >= 0);
    demand(
      padded,
      `padding of the ${AXES[axis]}: expected integers of at least 0, got [${padding.join(',')}]`,
    );
    const count = windowCount(windows[axis]);
    demand(count > 0, () => {
      const total = padding[0] + padding[1];
      const after = total > 0 ? `, padded to ${size + total}` : '';
      return `a window of ${extent(windows[axis])} does not fit into the ${AXES[axis]} of ${size}${after}`;
    });
    return count;
  };
  return [along(0), along(1)];
}

/** [OH, OW] of a convolution, its groups and parameters checked. */
function convSize(params: Conv2dParams, image: Pair, filter: Shape4): Pair {
  const [filters, , ...kernel] = filter;
  const { strides, dilations, groups } = params;
  demandPair('strides', strides);
  demandPair('dilations', dilations);
  demandPair('kernel', kernel);
  demand(isSize(groups), `groups: expected a positive integer, got ${groups}`);
  demand(filters % groups === 0, `${filters} filters cannot be split into ${groups} groups`);
  return counts(convWindows(params, image, kernel));
}

function demandChannels(channels: number, ofGroup: number, groups: number): void {
  demand(
    channels === ofGroup * groups,
    `${channels} channels cannot be split into ${groups} groups of the filter's ${ofGroup}; ` +
      'a filter is [filters, channels / groups, height, width]',
  );
}

function demandSize(what: string, got: readonly number[], expected: readonly number[]): void {
  demand(sameShape(got, expected), `${what}: expected [${expected.join(',')}], got [${got.join(',')}]`);
}

/** [OH, OW] of a pooling. */
function poolSize(params: Pool2dParams, image: Pair): Pair {
  demandPair('window', params.window);
  demandPair('strides', params.strides);
  for (const axis of [0, 1] as const) {
    const window = params.window[axis];
    demand(
      params.padding[axis].every((n) => n < window),
      `padding of the ${AXES[axis]}: [${params.padding[axis].join(',')}] leaves windows of ${window} without an element`,
    );
  }
  return counts(poolWindows(params, image));
}

function demandPositions(positions: TensorType, expected: Shape4): void {
  const type: TensorType = { dtype: 'int32', shape: expected };
  demand(
    positions.dtype === 'int32' && sameShape(positions.shape, expected),
    `positions: expected ${formatType(type)}, got ${formatType(positions)}`,
  );
}

export const WINDOW_RULES: { readonly [P in WindowPrimitive]: TypeRule<P> } = {
  conv2d: (operands, params) => {
    const [x, filter] = expectOperands(operands, 2) as [TensorType, TensorType];
    demandFloats(operands);
    const [batch, channels, ...image] = demandFourAxes('the images', x);
    const kernel = demandFourAxes('the filter', filter);
    demandChannels(channels, kernel[1], params.groups);
    return [{ dtype: x.dtype, shape: [batch, kernel[0], ...convSize(params, image, kernel)] }];
  },
  conv2dInputAdjoint: (operands, params) => {
    const [y, filter] = expectOperands(operands, 2) as [TensorType, TensorType];
    demandFloats(operands);
    const [batch, ...rest] = demandFourAxes('the cotangent', y);
    const kernel = demandFourAxes('the filter', filter);
    demandPair('input size', params.inputSize);
    demandSize('the cotangent', rest, [kernel[0], ...convSize(params, params.inputSize, kernel)]);
    return [{ dtype: y.dtype, shape: [batch, kernel[1] * params.groups, ...params.inputSize] }];
  },
  conv2dFilterAdjoint: (operands, params) => {
    const [x, y] = expectOperands(operands, 2) as [TensorType, TensorType];
    demandFloats(operands);
    const [batch, channels, ...image] = demandFourAxes('the images', x);
    const [, filters] = demandFourAxes('the cotangent', y);
    const ofGroup = channels / params.groups;
    demand(isSize(ofGroup), `${channels} channels cannot be split into ${params.groups} groups`);
    const filter: Shape4 = [filters, ofGroup, ...params.kernelSize];
    demandSize('the cotangent', y.shape, [batch, filters, ...convSize(params, image, filter)]);
    return [{ dtype: x.dtype, shape: filter }];
  },

  maxPool2d: (operands, params) => {
    const x = expectOperands(operands, 1)[0]!;
    demandDType(x, 'float');
    const [batch, channels, ...image] = demandFourAxes('the images', x);
    const shape = [batch, channels, ...poolSize(params, image)];
    return [
      { dtype: x.dtype, shape },
      { dtype: 'int32', shape },
    ];
  },
  maxPool2dTake: (operands, params) => {
    const [x, positions] = expectOperands(operands, 2) as [TensorType, TensorType];
    demandDType(x, 'float');
    const [batch, channels, ...image] = demandFourAxes('the images', x);
    const shape: Shape4 = [batch, channels, ...poolSize(params, image)];
    demandPositions(positions, shape);
    return [{ dtype: x.dtype, shape }];
  },
  maxPool2dScatter: (operands, params) => {
    const [y, positions] = expectOperands(operands, 2) as [TensorType, TensorType];
    demandDType(y, 'float');
    const [batch, channels, ...size] = demandFourAxes('the cotangent', y);
    demandPair('input size', params.inputSize);
    demandSize('the cotangent', size, poolSize(params, params.inputSize));
    demandPositions(positions, [batch, channels, ...size]);
    return [{ dtype: y.dtype, shape: [batch, channels, ...params.inputSize] }];
  },
};
