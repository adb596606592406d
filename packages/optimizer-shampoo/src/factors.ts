// Kronecker factors: a tensor unfolded along each of its axes, the products of its slices, and matrices applied along an axis.

import {
  concat,
  matmul,
  reshape,
  type Shape,
  sizeOf,
  slice,
  sqrt,
  square,
  sum,
  type Tensor,
  transpose,
} from '@gaussmark/autodiff';

/** G unfolded along an axis of length n: (n, size / n). Of a matrix, G itself and its transpose. */
export function unfolded(G: Tensor, axis: number): Tensor {
  const n = G.shape[axis]!;
  const others = G.shape.map((_, i) => i).filter((i) => i !== axis);
  const front = axis === 0 ? G : transpose(G, [axis, ...others]);
  return reshape(front, [n, sizeOf(G.shape) / n]);
}

/** The sum of the products of G's slices along an axis: (n, n). Of a matrix, G G' and G'G. */
export function gram(G: Tensor, axis: number): Tensor {
  const M = unfolded(G, axis);
  return matmul(M, M, { transposeB: true });
}

/**
 * The product of a matrix with every fibre of G along an axis, shaped like G. For a matrix G: M G along axis 0, G M' along axis 1.
 *
 * @param M (n, n)
 * @param options `transposed`: with M' instead of M
 */
export function alongAxis(
  M: Tensor,
  G: Tensor,
  axis: number,
  { transposed = false }: { readonly transposed?: boolean } = {},
): Tensor {
  const n = G.shape[axis]!;
  const [before, after] = [sizeOf(G.shape.slice(0, axis)), sizeOf(G.shape.slice(axis + 1))];
  const product = () => {
    if (before === 1) return matmul(M, reshape(G, [n, after]), { transposeA: transposed });
    if (after === 1) return matmul(reshape(G, [before, n]), M, { transposeB: !transposed });
    return matmul(M, reshape(G, [before, n, after]), { transposeA: transposed });
  };
  return reshape(product(), G.shape);
}

/** The root of the sum of squares. Scalar. */
export const normOf = (x: Tensor): Tensor => sqrt(sum(square(x)));

/** Without axes of length 1; a single number is (1). */
export function squeezedShape(shape: Shape): Shape {
  const long = shape.filter((n) => n > 1);
  return long.length === 0 ? [1] : long;
}

/** Cuts a tensor into blocks of at most `size` along every axis, in row-major order; {@link joinBlocks} is the inverse. */
export function splitBlocks(x: Tensor, size: number): readonly Tensor[] {
  return x.shape.reduce<readonly Tensor[]>(
    (parts, n, axis) => parts.flatMap((part) => (n <= size ? [part] : cut(part, axis, size))),
    [x],
  );
}

function cut(x: Tensor, axis: number, size: number): readonly Tensor[] {
  const n = x.shape[axis]!;
  return Array.from({ length: Math.ceil(n / size) }, (_, i) => {
    const start = x.shape.map((_n, other) => (other === axis ? i * size : 0));
    const stop = x.shape.map((length, other) => (other === axis ? Math.min((i + 1) * size, n) : length));
    return slice(x, start, stop);
  });
}

/** The tensor of a given shape whose blocks these are. */
export function joinBlocks(blocks: readonly Tensor[], shape: Shape, size: number): Tensor {
  const joined = shape.reduceRight<readonly Tensor[]>((parts, n, axis) => {
    const count = Math.ceil(n / size);
    return count === 1
      ? parts
      : Array.from({ length: parts.length / count }, (_, i) =>
          concat(parts.slice(i * count, (i + 1) * count), axis),
        );
  }, blocks);
  return joined[0]!;
}
