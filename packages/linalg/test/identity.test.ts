// The identity matrix.

import { expect, it } from 'vitest';
import { identity } from '../src/index.js';
import { outputsOf } from './evaluated.js';

it.each(['float32', 'float64', 'int32'] as const)('has ones on the diagonal alone, in %s', (dtype) => {
  const [I] = outputsOf(() => identity(3, dtype));
  expect(I!.type).toEqual({ dtype, shape: [3, 3] });
  expect([...I!.data]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
});
