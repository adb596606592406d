// Rewrites pooled convolutions with few filters so that the four positions of a pooling window become channels.
//
// With 2 x 2 windows, the convolution y[f, i, j] = sum_ab w[f, a, b] x[i + a, j + b] is needed window by window,
//
//     z[f, (r, s), i, j] = y[f, 2i + r, 2j + s] = sum_ab w[f, a, b] x[2i + (a + r), 2j + (b + s)],
//
// a convolution of stride 2 with four filters for each original one: w shifted by (r, s) in a window larger by one. It takes
// (1 + 1/k)^2 times the operations, but has four times the filters (few filters do not fill the vector registers) and a
// quarter of the windows to write. The maxima are then taken among consecutive planes, instead of slices of every other row
// and column, which dominate the time of pooling. Milliseconds for 6 filters of 5 x 5 on 1000 images of 28 x 28, one
// thread, ONNX Runtime 1.30, before and after: the convolution 6.1 and 5.4, the filter's adjoint 12.9 and 8.1, a whole
// gradient of the network of fashion 57 and 49.

import {
  type Atom,
  add,
  and,
  cast,
  concat,
  conv2d,
  type Equation,
  type EquationOf,
  instantiate,
  iota,
  isControlFlow,
  less,
  loopOperands,
  mapSubPrograms,
  maximum,
  mul,
  not,
  or,
  type Pair,
  type Primitive,
  type Program,
  pad,
  reshape,
  type Shape,
  slice,
  subPrograms,
  type Tensor,
  trace,
  Variable,
} from '@gaussmark/autodiff';

type Shape4 = readonly [number, number, number, number];

/** More filters fill the registers already: 16 gain nothing, 32 lose half (c1 in docs/performance.md). */
const MOST_FILTERS = 8;

const NONE: readonly [Pair, Pair] = [
  [0, 0],
  [0, 0],
];

/**
 * Rewrites pooled convolutions by phases.
 *
 * A pooling is rewritten together with every use of its positions, which become positions in the four planes of z: gathering
 * from a convolution (its tangent), and scattering into a convolution's filter adjoint. If the positions are used elsewhere (in
 * the adjoint in the image, say, as for every layer but the first), nothing changes.
 */
export function poolByPhases(program: Program): Program {
  const scopes = new Scopes();
  scopes.visit(program);
  const replacements = new Map<Equation, readonly Equation[]>();
  for (const pool of scopes.pools) {
    const rewritten = rewritePool(pool, scopes);
    for (const [equation, by] of rewritten ?? []) replacements.set(equation, by);
  }
  return replacements.size === 0 ? program : replaced(program, replacements);
}

function replaced(program: Program, replacements: ReadonlyMap<Equation, readonly Equation[]>): Program {
  const equations = program.equations.flatMap((equation): readonly Equation[] => {
    const by = replacements.get(equation);
    return by ?? [mapSubPrograms(equation, (inner) => replaced(inner.program, replacements))];
  });
  return { ...program, equations };
}

/** The operands that an equation itself reads; its inner programs read the captures. */
function ownOperands({ primitive, params, inputs }: Equation): readonly Atom[] {
  if (primitive === 'cond') return inputs.slice(0, 1);
  if (primitive === 'scan') return inputs.slice(params.captures);
  return primitive === 'while' ? loopOperands(params, inputs).carry : inputs;
}

/** A use of a variable; `null` if it leaves its program, as a result or in a loop's carry. */
type Use = { readonly equation: Equation; readonly program: Program } | null;

/** A program and its nested programs: who computes and who uses each variable, followed through captures. */
class Scopes {
  readonly pools: EquationOf<'maxPool2d'>[] = [];
  private readonly outer = new Map<Atom, Atom>();
  private readonly uses = new Map<Atom, Use[]>();
  private readonly definitions = new Map<Atom, Use>();

  visit(program: Program): void {
    for (const equation of program.equations) {
      if (equation.primitive === 'maxPool2d') this.pools.push(equation);
      for (const output of equation.outputs) this.definitions.set(output, { equation, program });
      const use = isControlFlow(equation.primitive) ? null : { equation, program };
      for (const input of ownOperands(equation)) this.use(input, use);
      for (const inner of subPrograms(equation)) {
        for (const [i, capture] of inner.captures.entries())
          this.outer.set(inner.program.inputs[i]!, this.root(capture));
        this.visit(inner.program);
      }
    }
    for (const output of program.outputs) this.use(output, null);
  }

  private root(atom: Atom): Atom {
    return this.outer.get(atom) ?? atom;
  }

  private use(atom: Atom, use: Use): void {
    const root = this.root(atom);
    const known = this.uses.get(root);
    if (known === undefined) this.uses.set(root, [use]);
    else known.push(use);
  }

  usesOf(variable: Variable): readonly Use[] {
    return this.uses.get(variable) ?? [];
  }

  /** The equation of a given primitive that computes a value in the same program, if the value has no other use. */
  private madeFor<P extends Primitive>(atom: Atom, primitive: P, user: Equation): EquationOf<P> | undefined {
    const made = this.definitions.get(atom);
    if (made?.equation.primitive !== primitive) return undefined;
    const [use, ...more] = this.uses.get(atom)!;
    const alone = more.length === 0 && use?.equation === user && use.program === made.program;
    return alone ? (made.equation as EquationOf<P>) : undefined;
  }

  /** The rewritable convolution that only this equation pools or gathers from. */
  convolutionFor(user: EquationOf<'maxPool2d' | 'maxPool2dTake'>): EquationOf<'conv2d'> | undefined {
    const convolution = this.madeFor(user.inputs[0]!, 'conv2d', user as Equation);
    return convolution !== undefined && isPlain(convolution, convolution.outputs[0]!.type.shape)
      ? convolution
      : undefined;
  }

  /** The rewritable filter adjoint that only this scattering feeds. */
  adjointOf(scatter: EquationOf<'maxPool2dScatter'>): EquationOf<'conv2dFilterAdjoint'> | undefined {
    const [use] = this.usesOf(scatter.outputs[0]!);
    if (use?.equation.primitive !== 'conv2dFilterAdjoint') return undefined;
    const adjoint = use.equation;
    const made = this.madeFor(adjoint.inputs[1]!, 'maxPool2dScatter', adjoint);
    return made === scatter && isPlain(adjoint, scatter.outputs[0]!.type.shape) ? adjoint : undefined;
  }
}

/** Whether rewriting a convolution, or a filter adjoint, pays; `shape` is that of its result or cotangent. */
function isPlain({ params, inputs }: EquationOf<'conv2d' | 'conv2dFilterAdjoint'>, shape: Shape): boolean {
  const { strides, dilations, groups } = params;
  const unit = [...strides, ...dilations, groups].every((n) => n === 1);
  return unit && inputs[0]!.type.dtype === 'float32' && shape[1]! <= MOST_FILTERS;
}

function poolsPairs({ window, strides, padding }: EquationOf<'maxPool2d'>['params']): boolean {
  return [...window, ...strides].every((n) => n === 2) && padding.flat().every((n) => n === 0);
}

/** The replacements for a pooling and everything tied to it, or undefined if some part does not fit. */
function rewritePool(
  pool: EquationOf<'maxPool2d'>,
  scopes: Scopes,
): readonly (readonly [Equation, readonly Equation[]])[] | undefined {
  const convolution = scopes.convolutionFor(pool);
  if (convolution === undefined || !poolsPairs(pool.params)) return undefined;
  const result: (readonly [Equation, readonly Equation[]])[] = [
    [convolution, []],
    [pool, pooled(pool, convolution, scopes.usesOf(pool.outputs[1]!).length > 0)],
  ];
  for (const use of scopes.usesOf(pool.outputs[1]!)) {
    const equation = use?.equation;
    if (equation?.primitive === 'maxPool2dTake') {
      const source = scopes.convolutionFor(equation);
      if (source === undefined) return undefined;
      result.push([source, []], [equation, gathered(equation, source)]);
    } else if (equation?.primitive === 'maxPool2dScatter') {
      const adjoint = scopes.adjointOf(equation);
      if (adjoint === undefined) return undefined;
      result.push([equation, []], [adjoint, scattered(equation, adjoint)]);
    } else {
      return undefined;
    }
  }
  return result;
}

/** z [N, 4 F, P, Q]: the phases of each filter, consecutively. */
function phases(x: Tensor, filter: Tensor, padding: readonly [Pair, Pair]): Tensor {
  const [filters, channels, height, width] = filter.shape as Shape4;
  const moved = PHASES.map(([row, column]) =>
    reshape(pad(filter, [0, 0, row, column], [0, 0, 1 - row, 1 - column]), [
      filters,
      1,
      channels,
      height + 1,
      width + 1,
    ]),
  );
  const four = reshape(concat(moved, 1), [4 * filters, channels, height + 1, width + 1]);
  return conv2d(x, four, { strides: 2, padding });
}

/** The positions in a window, in the order in which the first of equal elements counts as the maximum. */
const PHASES: readonly Pair[] = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];

/**
 * The maxima over the phases, and if requested their positions. A later candidate wins only if it is greater; the winning
 * row determines which column counts.
 */
function pooled(
  pool: EquationOf<'maxPool2d'>,
  convolution: EquationOf<'conv2d'>,
  withPositions: boolean,
): readonly Equation[] {
  const [batch, filters, rows, columns] = pool.outputs[0]!.type.shape as Shape4;
  const places = rows * columns;
  const contest = (x: Tensor, filter: Tensor): Tensor[] => {
    const z = reshape(phases(x, filter, convolution.params.padding), [batch, filters, 4, places]);
    const [a, b, c, d] = PHASES.map((_, k) => slice(z, [0, 0, k, 0], [batch, filters, k + 1, places])) as [
      Tensor,
      Tensor,
      Tensor,
      Tensor,
    ];
    const [top, bottom] = [maximum(a, b), maximum(c, d)];
    const values = reshape(maximum(top, bottom), pool.outputs[0]!.type.shape);
    if (!withPositions) return [values];
    const below = less(top, bottom);
    const right = or(and(below, less(c, d)), and(not(below), less(a, b)));
    const phase = add(mul(cast(below, 'int32'), 2 * places), mul(cast(right, 'int32'), places));
    return [values, reshape(add(phase, iota(places)), values.shape)];
  };
  return written(contest, convolution.inputs, withPositions ? pool.outputs : pool.outputs.slice(0, 1));
}

/** Gathering and scattering in z, as images [N, F, 4 P, Q]. */
const STACKED = { window: [4, 1], strides: [4, 1], padding: NONE } as const;

function gathered(take: EquationOf<'maxPool2dTake'>, convolution: EquationOf<'conv2d'>): Equation[] {
  const { dtype, shape } = take.outputs[0]!.type;
  const [batch, filters, rows, columns] = shape as Shape4;
  const z = new Variable({ dtype, shape: [batch, filters, 4 * rows, columns] });
  const convolve = (x: Tensor, filter: Tensor) =>
    reshape(phases(x, filter, convolution.params.padding), z.type.shape);
  return [
    ...written(convolve, convolution.inputs, [z]),
    { ...take, params: STACKED, inputs: [z, take.inputs[1]!] },
  ];
}

/** The filter adjoint of `phases`: that of the convolution, with the phases shifted back and summed. */
function scattered(
  scatter: EquationOf<'maxPool2dScatter'>,
  adjoint: EquationOf<'conv2dFilterAdjoint'>,
): Equation[] {
  const [y, positions] = scatter.inputs as [Atom, Atom];
  const { dtype, shape } = y.type;
  const [batch, filters, rows, columns] = shape as Shape4;
  const [, channels, height, width] = adjoint.outputs[0]!.type.shape as Shape4;
  const of = (...axes: Shape) => new Variable({ dtype, shape: axes });
  const z = of(batch, filters, 4 * rows, columns);
  const cotangent = of(batch, 4 * filters, rows, columns);
  const four = of(4 * filters, channels, height + 1, width + 1);
  const kernelSize: Pair = [height + 1, width + 1];
  const joined = (moved: Tensor) => {
    const apart = reshape(moved, [filters, 4, channels, height + 1, width + 1]);
    const back = PHASES.map(([row, column], k) =>
      slice(apart, [0, k, 0, row, column], [filters, k + 1, channels, row + height, column + width]),
    );
    return reshape(back.reduce(add), [filters, channels, height, width]);
  };
  return [
    {
      primitive: 'maxPool2dScatter',
      params: { ...STACKED, inputSize: [4 * rows, columns] },
      inputs: [y, positions],
      outputs: [z],
    },
    { primitive: 'reshape', params: { shape: cotangent.type.shape }, inputs: [z], outputs: [cotangent] },
    {
      primitive: 'conv2dFilterAdjoint',
      params: { ...adjoint.params, strides: [2, 2], kernelSize },
      inputs: [adjoint.inputs[0]!, cotangent],
      outputs: [four],
    },
    ...written(joined, [four], adjoint.outputs),
  ];
}

/** The equations of a function applied to these operands, computing these variables. */
function written(
  fn: (...operands: Tensor[]) => Tensor | Tensor[],
  operands: readonly Atom[],
  outputs: readonly Variable[],
): readonly Equation[] {
  const { program } = trace(fn, ...operands.map(({ type }) => type));
  return instantiate(program, operands, outputs).equations;
}
