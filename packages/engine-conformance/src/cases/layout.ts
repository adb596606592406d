// Primitives that move elements: reshape, transpose, broadcast, concat, slice, pad, take, scatterAdd.

import type { DType, Primitive, PrimitiveParams, Shape } from '@gaussmark/autodiff';
import type { Example } from '../case.js';
import { int32, randomValue } from '../values.js';
import { ALL, FLOATS, NUMBERS } from './dtypes.js';

/** One operand, with different parameters and shapes, in every dtype. */
function moves<P extends Primitive>(
  dtypes: readonly DType[],
  variants: readonly (readonly [PrimitiveParams[P], Shape])[],
): Example<P>[] {
  return dtypes.flatMap((dtype) =>
    variants.map(([params, shape], i) => ({
      name: `[${shape}], ${JSON.stringify(params).replaceAll('"', '')}`,
      dtype,
      params,
      operands: [randomValue(dtype, shape, i + 1)],
    })),
  );
}

const concatenations = (): Example<'concat'>[] =>
  ALL.flatMap((dtype) =>
    (
      [
        [1, [2, 3], [2, 0], [2, 2]],
        [0, [2, 3], [1, 3]],
        [0, [2, 3]],
        [2, [2, 1, 1], [2, 1, 3]],
        [0, [1], [1], [1], [1]],
      ] satisfies [number, ...Shape[]][]
    ).map(([axis, ...shapes]) => ({
      name: `${shapes.map((shape) => `[${shape}]`).join(' ')} along axis ${axis}`,
      dtype,
      params: { axis },
      operands: shapes.map((shape, i) => randomValue(dtype, shape, i + 1)),
    })),
  );

const rowSelections = (): Example<'take'>[] =>
  ALL.flatMap((dtype) =>
    (
      [
        ['matrices', [4, 2, 3], [3, 0, 3]],
        ['scalars', [4], [2, 2, 1, 0, 3]],
        ['columns', [3, 1], [2, 0]],
        ['the only row', [1, 3], [0, 0]],
        ['no rows', [3, 2], []],
        ['one row', [3, 2], [1]],
      ] satisfies [string, Shape, number[]][]
    ).map(([name, shape, rows]) => ({
      name,
      dtype,
      params: {},
      operands: [randomValue(dtype, shape, 1), int32(...rows)],
    })),
  );

const rowSums = (): Example<'scatterAdd'>[] =>
  FLOATS.flatMap((dtype) =>
    (
      [
        ['matrices', 4, [3, 2, 3], [3, 0, 3]],
        ['scalars', 3, [5], [2, 2, 1, 1, 2]],
        ['columns', 3, [5, 1], [2, 2, 1, 1, 2]],
        ['all to one row', 1, [4, 2], [0, 0, 0, 0]],
        ['no rows', 2, [0, 3], []],
        ['many to few', 2, [100, 2], Array.from({ length: 100 }, (_, i) => (i * i) % 2)],
      ] satisfies [string, number, Shape, number[]][]
    ).map(([name, size, shape, rows]) => ({
      name,
      dtype,
      params: { size },
      operands: [randomValue(dtype, shape, 1), int32(...rows)],
    })),
  );

export const LAYOUT = {
  reshape: moves<'reshape'>(ALL, [
    [{ shape: [3, 4] }, [2, 6]],
    [{ shape: [] }, [1, 1]],
    [{ shape: [1, 1, 1] }, []],
    [{ shape: [0, 5] }, [3, 0]],
    [{ shape: [2, 3] }, [2, 3]],
    [{ shape: [2, 1, 3, 1, 2] }, [12]],
  ]),
  transpose: moves<'transpose'>(ALL, [
    [{ permutation: [] }, []],
    [{ permutation: [0] }, [3]],
    [{ permutation: [1, 0] }, [2, 3]],
    [{ permutation: [2, 0, 1] }, [2, 3, 4]],
    [{ permutation: [1, 0] }, [1, 3]],
    [{ permutation: [2, 0, 1] }, [2, 3, 1]],
    [{ permutation: [0, 1] }, [2, 3]],
    // Axes that move together, with axes of size 1 between and around them.
    [{ permutation: [1, 0, 3, 4, 2] }, [2, 1, 3, 4, 5]],
    [{ permutation: [3, 1, 0, 2] }, [2, 1, 3, 4]],
    [{ permutation: [2, 3, 0, 1] }, [2, 3, 4, 5]],
    [{ permutation: [3, 2, 1, 0] }, [2, 3, 4, 5]],
    [{ permutation: [2, 0, 1] }, [2, 0, 3]],
  ]),
  broadcast: moves<'broadcast'>(ALL, [
    [{ shape: [2, 3] }, [3]],
    [{ shape: [2, 3] }, [2, 1]],
    [{ shape: [2, 3] }, []],
    [{ shape: [1, 1] }, []],
    [{ shape: [2, 3, 2] }, [1, 3, 1]],
    [{ shape: [0, 3] }, [3]],
    [{ shape: [2, 3] }, [2, 3]],
  ]),
  concat: concatenations(),
  slice: moves<'slice'>(ALL, [
    [{ starts: [1, 0], stops: [3, 4] }, [5, 4]],
    [{ starts: [1, 2], stops: [4, 3] }, [5, 4]],
    [{ starts: [0, 0], stops: [5, 4] }, [5, 4]],
    [{ starts: [2, 0], stops: [2, 4] }, [5, 4]],
    [{ starts: [4], stops: [5] }, [5]],
    [{ starts: [1, 0, 2], stops: [2, 1, 4] }, [2, 3, 4]],
  ]),
  pad: moves<'pad'>(NUMBERS, [
    [{ before: [1, 0], after: [0, 2] }, [2, 3]],
    [{ before: [0, 0], after: [0, 0] }, [2, 3]],
    [{ before: [2, 0], after: [0, 0] }, [0, 3]],
    [{ before: [3], after: [1] }, [1]],
    [{ before: [0, 1, 2], after: [1, 0, 1] }, [2, 1, 2]],
  ]),
  take: rowSelections(),
  scatterAdd: rowSums(),
} satisfies { readonly [P in Primitive]?: readonly Example<P>[] };
