// The roles of parameters: inferred, declared, and refused.

import type { TensorType } from '@gaussmark/autodiff';
import { expect, it } from 'vitest';
import { GaussmarkError } from '../src/errors.js';
import { parametersOf } from '../src/parameters.js';

const type = (...shape: number[]): TensorType => ({ dtype: 'float32', shape });

const PARAMS = {
  tokens: type(9, 4),
  blocks: [{ norm: { weight: type(4), shift: type(4) }, mix: { weight: type(4, 4), bias: type(4) } }],
  stem: { weight: type(8, 3, 3, 3), scale: type(8) },
  temperature: type(),
  output: { weight: type(4, 9), bias: type(9) },
};

it('infers roles from names and shapes', () => {
  expect(parametersOf({}, PARAMS).map(({ path, role }) => [path, role])).toEqual([
    ['tokens', 'embedding'],
    ['blocks.0.norm.weight', 'gain'],
    ['blocks.0.norm.shift', 'bias'],
    ['blocks.0.mix.weight', 'weight'],
    ['blocks.0.mix.bias', 'bias'],
    ['stem.weight', 'kernel'],
    ['stem.scale', 'gain'],
    ['temperature', 'other'],
    ['output.weight', 'head'],
    ['output.bias', 'bias'],
  ]);
  expect(parametersOf({}, type(2, 3))).toEqual([{ path: '', shape: [2, 3], role: 'weight' }]);
});

it('prefers a declared role', () => {
  const roles = () => ({ 'blocks.0.mix.weight': 'head' }) as const;
  expect(parametersOf({ roles }, PARAMS)[3]).toEqual({
    path: 'blocks.0.mix.weight',
    shape: [4, 4],
    role: 'head',
  });
});

it.each([
  [{ 'output.wieght': 'head' }, 'output.wieght'],
  [{ 'output.weight': 'haed' }, 'haed'],
])('refuses %j', (declared, got) => {
  const attempt = () => parametersOf({ roles: () => declared as never }, PARAMS, 'mine');
  expect(attempt).toThrow(GaussmarkError);
  expect(attempt).toThrow(expect.objectContaining({ plugin: "model 'mine'", got }));
});
