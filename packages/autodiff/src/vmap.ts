// Vectorization: turns a function of one example into a function of a batch, without a loop.

import { cond, scan, whileLoop } from './control-flow.js';
import { traceSubject } from './differentiate.js';
import * as ops from './ops.js';
import type {
  Atom,
  ControlFlow,
  Equation,
  EquationOf,
  Primitive,
  PrimitiveParams,
  Program,
  Variable,
} from './program.js';
import { Constant } from './program.js';
import { loopOperands, scanOperands, scanResults } from './sub-programs.js';
import { Builder, currentBuilder, emit, emit1, Tensor, withBuilder } from './trace.js';
import { leaves, paths, structureOf, type Tree, unflatten } from './tree.js';
import { formatType, type Shape, sizeOf } from './types.js';

/**
 * Maps a function over the leading axis of its argument: `vmap(f)(x)[i] = f(x[i])`, computed at once.
 *
 * Every leaf of the argument has a leading axis of the same size B, which `fn` does not see. Outer tensors used by `fn` have none: they
 * are shared by all examples. Every leaf of the result has the leading axis B.
 *
 * Loops run until the last example is done; finished examples keep their values. A branch whose predicate differs between examples
 * computes both sides, so a loop inside must end for every example.
 *
 * @example
 * vmap((x: Tensor) => sum(x))(reshape(iota(4), [2, 2])); // = [1, 5]
 * // Per-example gradients: [B, ...] for every parameter.
 * const gradients = vmap(({ x, y }) => grad((w) => loss(w, x, y))(params))({ x: inputs, y: targets });
 * @throws TypeError if a leaf is a scalar; RangeError if the leading axes differ or are empty
 */
export function vmap<A extends Tree<Tensor>, R extends Tree<Tensor>>(fn: (example: A) => R): (batch: A) => R {
  return (batch) => {
    const structure = structureOf(batch, 'vmap: the batch');
    const tensors = leaves<Tensor>(batch, structure);
    const size = leadingSize(tensors, paths(structure));
    const examples = tensors.map(({ dtype, shape }) => ({ type: { dtype, shape: shape.slice(1) } }));
    const { program, captures, output } = traceSubject('vmap', fn, structure, examples);
    const results = new Vectorizer(size).program(program, [
      ...captures.map(shared),
      ...tensors.map((tensor) => ({ tensor, mapped: true })),
    ]);
    return unflatten(
      output,
      results.map((result) => stretched(result, size)),
    ) as R;
  };
}

function leadingSize(tensors: readonly Tensor[], names: readonly string[]): number {
  const [first] = tensors;
  if (first === undefined) throw new TypeError('vmap: the batch contains no tensor');
  for (const [i, tensor] of tensors.entries()) {
    const where = names[i] ? ` at '${names[i]}'` : '';
    if (tensor.shape.length === 0) {
      throw new TypeError(
        `vmap: expected a leading axis${where}, got the scalar ${formatType(tensor.type)}; ` +
          'use it as an outer tensor if it is the same for every example',
      );
    }
    if (tensor.shape[0] !== first.shape[0]) {
      throw new RangeError(
        `vmap: the leading axes differ: ${first.shape[0]}, but ${tensor.shape[0]}${where || ' elsewhere'}`,
      );
    }
  }
  if (first.shape[0] === 0) throw new RangeError('vmap: the leading axis is empty');
  return first.shape[0]!;
}

/** A tensor, and whether its first axis is the mapped one. */
interface Value {
  readonly tensor: Tensor;
  readonly mapped: boolean;
}

const shared = (tensor: Tensor): Value => ({ tensor, mapped: false });
const mapped = (tensor: Tensor): Value => ({ tensor, mapped: true });

/** The shape of one example's value. */
const exampleShape = ({ tensor, mapped }: Value): Shape => (mapped ? tensor.shape.slice(1) : tensor.shape);

/** The value with a mapped axis, repeated along it if it had none. */
function stretched({ tensor, mapped }: Value, size: number): Tensor {
  return mapped ? tensor : ops.broadcast(tensor, [size, ...tensor.shape]);
}

/** The value with at least `rank` axes per example, so that each example broadcasts by itself. */
function aligned(value: Value, rank: number): Tensor {
  if (!value.mapped) return value.tensor;
  const shape = exampleShape(value);
  const ones = Array.from({ length: Math.max(0, rank - shape.length) }, () => 1);
  return ops.reshape(value.tensor, [value.tensor.shape[0]!, ...ones, ...shape]);
}

interface BatchRuleInput<P extends Primitive> {
  /** At least one is mapped. */
  readonly operands: readonly Value[];
  readonly params: PrimitiveParams[P];
  /** Size of the mapped axis. */
  readonly size: number;
}

/** The outputs, all mapped. */
type BatchRule<P extends Primitive> = (input: BatchRuleInput<P>) => readonly Tensor[];

class Vectorizer {
  constructor(private readonly size: number) {}

  /** Appends a program, vectorized over the mapped inputs, to the innermost program. */
  program(program: Program, inputs: readonly Value[]): readonly Value[] {
    const values = new Map<Variable, Value>(program.inputs.map((input, i) => [input, inputs[i]!]));
    const read = (atom: Atom): Value =>
      atom instanceof Constant ? shared(new Tensor(atom, null)) : values.get(atom)!;
    for (const equation of program.equations) {
      const outputs = this.equation(equation, equation.inputs.map(read));
      for (const [i, output] of equation.outputs.entries()) values.set(output, outputs[i]!);
    }
    return program.outputs.map(read);
  }

  private equation(equation: Equation, operands: readonly Value[]): readonly Value[] {
    const { primitive, params } = equation;
    if (!operands.some((operand) => operand.mapped)) {
      return emit(
        primitive,
        params,
        operands.map(({ tensor }) => tensor),
      ).map(shared);
    }
    switch (primitive) {
      case 'while':
        return this.loop(equation, operands);
      case 'scan':
        return this.scan(equation, operands);
      case 'cond':
        return this.branch(equation, operands);
      default: {
        const rule = RULES[primitive] as BatchRule<Primitive>;
        return rule({ operands, params, size: this.size }).map(mapped);
      }
    }
  }

  // Which carried values are mapped is a fixed point: a mapped capture may reach a value that starts the same for all.
  private loop({ params }: EquationOf<'while'>, operands: readonly Value[]): readonly Value[] {
    const { name, condition, body } = params;
    const { condition: inCondition, body: inBody, carry: init } = loopOperands(params, operands);
    const test = (carry: readonly Value[]) => this.program(condition, [...inCondition, ...carry])[0]!;
    const step = (carry: readonly Value[]) => this.program(body, [...inBody, ...carry]);

    let mask = init.map((value) => value.mapped);
    let testDiffers = false;
    for (let settled = false; !settled; ) {
      const probed = this.probe(init, mask, (carry) => [test(carry), ...step(carry)]);
      testDiffers = probed[0]!;
      const grown = mask.map((was, i) => was || testDiffers || probed[i + 1]!);
      settled = grown.every((now, i) => now === mask[i]);
      mask = grown;
    }
    const start = init.map((value, i) => (mask[i] ? stretched(value, this.size) : value.tensor));
    const valuesOf = (carry: readonly Tensor[]) => carry.map((tensor, i) => ({ tensor, mapped: mask[i]! }));
    const stepped = (carry: readonly Tensor[]) =>
      step(valuesOf(carry)).map((value, i) => (mask[i] ? stretched(value, this.size) : value.tensor));

    if (!testDiffers) {
      return valuesOf(whileLoop((carry) => test(valuesOf(carry)).tensor, stepped, start, { name }));
    }
    // Each example's own condition is carried: finished examples keep their values.
    const { carry } = whileLoop(
      ({ running }) => ops.equal(ops.max(ops.cast(running, 'int32')), 1),
      ({ carry, running }) => {
        const next = stepped(carry).map((tensor, i) =>
          ops.select(aligned(mapped(running), tensor.shape.length - 1), tensor, carry[i]!),
        );
        return { carry: next as readonly Tensor[], running: test(valuesOf(next)).tensor };
      },
      { carry: start as readonly Tensor[], running: stretched(test(valuesOf(start)), this.size) },
      { name },
    );
    return valuesOf(carry);
  }

  private scan({ params }: EquationOf<'scan'>, operands: readonly Value[]): readonly Value[] {
    const { captures, carry: init, xs } = scanOperands(params, operands);
    const step = (carry: readonly Value[], x: readonly Value[]) =>
      scanResults(params, this.program(params.body, [...captures, ...carry, ...x]));
    // The scanned axis comes first, and the mapped axis after it.
    const stacks = xs.map(({ tensor, mapped }) => (mapped ? swapped(tensor) : tensor));
    const elementOf = (tensor: Tensor, i: number): Value => ({ tensor, mapped: xs[i]!.mapped });

    let mask = init.map((value) => value.mapped);
    for (let settled = false; !settled; ) {
      const probed = this.probe(init, mask, (carry) => {
        const input = ({ dtype, shape }: Tensor) =>
          currentBuilder('vmap').input({ dtype, shape: shape.slice(1) });
        return step(
          carry,
          stacks.map((stack, i) => elementOf(input(stack), i)),
        ).carry;
      });
      const grown = mask.map((was, i) => was || probed[i]!);
      settled = grown.every((now, i) => now === mask[i]);
      mask = grown;
    }
    const plain = (value: Value, i: number) => (mask[i] ? stretched(value, this.size) : value.tensor);
    let ysMask: readonly boolean[] = [];
    const { carry, ys } = scan(
      (carry, x) => {
        const next = step(
          carry.map((tensor, i) => ({ tensor, mapped: mask[i]! })),
          x.map(elementOf),
        );
        ysMask = next.ys.map((value) => value.mapped);
        return { carry: next.carry.map(plain), y: next.ys.map(({ tensor }) => tensor) };
      },
      init.map(plain) as readonly Tensor[],
      stacks as readonly Tensor[],
      { name: params.name, length: params.length, reverse: params.reverse },
    );
    return [
      ...carry.map((tensor, i) => ({ tensor, mapped: mask[i]! })),
      ...ys.map((tensor, i) => (ysMask[i] ? mapped(swapped(tensor)) : shared(tensor))),
    ];
  }

  private branch(
    { params: { ifTrue, ifFalse } }: EquationOf<'cond'>,
    [predicate, ...captures]: readonly Value[],
  ): readonly Value[] {
    const sides = [ifTrue, ifFalse] as const;
    if (predicate!.mapped) {
      const [yes, no] = sides.map((side) => this.program(side, captures)) as [Value[], Value[]];
      return yes.map((value, i) => {
        const rank = exampleShape(value).length;
        return mapped(ops.select(aligned(predicate!, rank), aligned(value, rank), aligned(no[i]!, rank)));
      });
    }
    const all = captures.map((capture) => capture.mapped);
    const [yes, no] = sides.map((side) => this.probe(captures, all, (inputs) => this.program(side, inputs)));
    const mask = yes!.map((is, i) => is || no![i]!);
    const side = (program: Program) => (): readonly Tensor[] =>
      this.program(program, captures).map((value, i) =>
        mask[i] ? stretched(value, this.size) : value.tensor,
      );
    const results = cond(predicate!.tensor, side(ifTrue), side(ifFalse));
    return results.map((tensor, i) => ({ tensor, mapped: mask[i]! }));
  }

  /** Which results of a function are mapped if these inputs are. */
  private probe(
    inputs: readonly Value[],
    mask: readonly boolean[],
    fn: (inputs: readonly Value[]) => readonly Value[],
  ): readonly boolean[] {
    const builder = new Builder(currentBuilder('vmap'), false);
    return withBuilder(builder, () =>
      fn(
        inputs.map((value, i) => {
          const shape = exampleShape(value);
          const { dtype } = value.tensor;
          return {
            tensor: builder.input({ dtype, shape: mask[i] ? [this.size, ...shape] : shape }),
            mapped: mask[i]!,
          };
        }),
      ).map((value) => value.mapped),
    );
  }
}

/** Broadcasts by numpy's rule within an example. */
function elementwise<P extends Primitive>(primitive: P): BatchRule<P> {
  return ({ operands, params }) => {
    const rank = Math.max(...operands.map((operand) => exampleShape(operand).length));
    return emit(
      primitive,
      params,
      operands.map((operand) => aligned(operand, rank)),
    );
  };
}

/** One operand; parameters that count axes are shifted past the mapped one. */
function along<P extends Primitive>(
  primitive: P,
  moved: (params: PrimitiveParams[P], size: number) => PrimitiveParams[P],
): BatchRule<P> {
  return ({ operands: [x], params, size }) => emit(primitive, moved(params, size), [x!.tensor]);
}

const nextAxis = <T extends { readonly axis: number }>(params: T): T => ({
  ...params,
  axis: params.axis + 1,
});
const nextAxes = <T extends { readonly axes: readonly number[] }>(params: T): T => ({
  ...params,
  axes: params.axes.map((axis) => axis + 1),
});

/** [B, N, ...] -> [B N, ...] */
const merged = (x: Tensor): Tensor => {
  const [size, rows, ...rest] = x.shape as [number, number, ...number[]];
  return ops.reshape(x, [size * rows, ...rest]);
};
/** [B N, ...] -> [B, N, ...] */
const split = (x: Tensor, size: number): Tensor =>
  ops.reshape(x, [size, x.shape[0]! / size, ...x.shape.slice(1)]);
/** Swaps the first two axes. */
const swapped = (x: Tensor): Tensor => ops.transpose(x, [1, 0, ...x.shape.slice(2).map((_, i) => i + 2)]);

/** [B, N, C, ...] -> [N, B C, ...] */
const intoChannels = (x: Tensor): Tensor => {
  const [size, images, channels, ...rest] = x.shape as [number, number, number, ...number[]];
  return ops.reshape(swapped(x), [images, size * channels, ...rest]);
};
/** [N, B C, ...] -> [B, N, C, ...] */
const outOfChannels = (x: Tensor, size: number): Tensor => {
  const [images, channels, ...rest] = x.shape as [number, number, ...number[]];
  return swapped(ops.reshape(x, [images, size, channels / size, ...rest]));
};

/** Treats the images of all examples as one batch: for primitives that process each image separately. */
function perImage<P extends Primitive>(primitive: P): BatchRule<P> {
  return ({ operands, params, size }) =>
    emit(
      primitive,
      params,
      operands.map((operand) => merged(stretched(operand, size))),
    ).map((output) => split(output, size));
}

const RULES: { readonly [P in Exclude<Primitive, ControlFlow>]: BatchRule<P> } = {
  neg: elementwise('neg'),
  abs: elementwise('abs'),
  sign: elementwise('sign'),
  exp: elementwise('exp'),
  log: elementwise('log'),
  sqrt: elementwise('sqrt'),
  sin: elementwise('sin'),
  cos: elementwise('cos'),
  tanh: elementwise('tanh'),
  sigmoid: elementwise('sigmoid'),
  relu: elementwise('relu'),
  isFinite: elementwise('isFinite'),
  not: elementwise('not'),
  cast: elementwise('cast'),
  stopGradient: elementwise('stopGradient'),

  add: elementwise('add'),
  sub: elementwise('sub'),
  mul: elementwise('mul'),
  div: elementwise('div'),
  pow: elementwise('pow'),
  maximum: elementwise('maximum'),
  minimum: elementwise('minimum'),
  equal: elementwise('equal'),
  less: elementwise('less'),
  lessEqual: elementwise('lessEqual'),
  and: elementwise('and'),
  or: elementwise('or'),
  xor: elementwise('xor'),
  shiftRight: elementwise('shiftRight'),
  threefry2x32: elementwise('threefry2x32'),
  select: elementwise('select'),

  reduceSum: along('reduceSum', nextAxes),
  reduceMax: along('reduceMax', nextAxes),
  argMax: along('argMax', nextAxis),
  softmax: along('softmax', nextAxis),
  logSoftmax: along('logSoftmax', nextAxis),

  matmul: ({ operands: [a, b], params, size }) => {
    const { transposeA, transposeB } = params;
    const isMatrix = exampleShape(a!).length === 2;
    if (a!.mapped || !isMatrix) return [ops.matmul(a!.tensor, b!.tensor, params)];
    // One matrix times a batch: one product with the columns of all examples, instead of copying the matrix for each.
    const [rows, columns] = exampleShape(b!) as [number, number];
    const all = transposeB ? merged(b!.tensor) : ops.reshape(swapped(b!.tensor), [rows, size * columns]);
    const product = ops.matmul(a!.tensor, all, { transposeA, transposeB });
    return [swapped(ops.reshape(product, [product.shape[0]!, size, transposeB ? rows : columns]))];
  },

  // With a filter for each example, examples become groups of channels.
  conv2d: ({ operands: [x, filter], params, size }) => {
    if (!filter!.mapped) return [split(emit1('conv2d', params, [merged(x!.tensor), filter!.tensor]), size)];
    const filters = merged(filter!.tensor);
    const sameImages = !x!.mapped && params.groups === 1;
    const images = sameImages ? x!.tensor : intoChannels(stretched(x!, size));
    const groups = sameImages ? 1 : size * params.groups;
    return [outOfChannels(emit1('conv2d', { ...params, groups }, [images, filters]), size)];
  },
  conv2dInputAdjoint: ({ operands: [y, filter], params, size }) => {
    if (!filter!.mapped) {
      return [split(emit1('conv2dInputAdjoint', params, [merged(y!.tensor), filter!.tensor]), size)];
    }
    const operands = [intoChannels(stretched(y!, size)), merged(filter!.tensor)];
    const groups = size * params.groups;
    return [outOfChannels(emit1('conv2dInputAdjoint', { ...params, groups }, operands), size)];
  },
  conv2dFilterAdjoint: ({ operands: [x, y], params, size }) => {
    const sameImages = !x!.mapped && params.groups === 1;
    const images = sameImages ? x!.tensor : intoChannels(stretched(x!, size));
    const groups = sameImages ? 1 : size * params.groups;
    const operands = [images, intoChannels(stretched(y!, size))];
    return [split(emit1('conv2dFilterAdjoint', { ...params, groups }, operands), size)];
  },
  maxPool2d: perImage('maxPool2d'),
  maxPool2dTake: perImage('maxPool2dTake'),
  maxPool2dScatter: perImage('maxPool2dScatter'),

  reshape: along('reshape', ({ shape }, size) => ({ shape: [size, ...shape] })),
  transpose: along('transpose', ({ permutation }) => ({
    permutation: [0, ...permutation.map((axis) => axis + 1)],
  })),
  broadcast: ({ operands: [x], params: { shape }, size }) => [
    ops.broadcast(aligned(x!, shape.length), [size, ...shape]),
  ],
  concat: ({ operands, params, size }) =>
    emit(
      'concat',
      nextAxis(params),
      operands.map((operand) => stretched(operand, size)),
    ),
  slice: along('slice', ({ starts, stops }, size) => ({ starts: [0, ...starts], stops: [size, ...stops] })),
  pad: along('pad', ({ before, after }) => ({ before: [0, ...before], after: [0, ...after] })),

  take: ({ operands: [x, indices], size }) => {
    if (!indices!.mapped) return [swapped(ops.take(swapped(x!.tensor), indices!.tensor))];
    const rows = x!.mapped
      ? ops.take(merged(x!.tensor), rowsOfAll(indices!.tensor, x!.tensor.shape[1]!))
      : ops.take(x!.tensor, ops.reshape(indices!.tensor, [sizeOf(indices!.tensor.shape)]));
    return [split(rows, size)];
  },
  scatterAdd: ({ operands: [rows, indices], params, size }) => {
    if (!indices!.mapped) {
      return [swapped(ops.scatterAdd(swapped(rows!.tensor), indices!.tensor, params.size))];
    }
    const all = merged(stretched(rows!, size));
    return [split(ops.scatterAdd(all, rowsOfAll(indices!.tensor, params.size), size * params.size), size)];
  },
};

/** Indices [B, M] into the rows of each example, as indices [B M] into the rows of all examples. */
function rowsOfAll(indices: Tensor, rowsOfOne: number): Tensor {
  const size = indices.shape[0]!;
  const first = ops.reshape(ops.mul(ops.iota(size), rowsOfOne), [size, 1]);
  return merged(ops.add(indices, first));
}
