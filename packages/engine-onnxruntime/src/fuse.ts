// Fusion: combines equations that ONNX Runtime computes in one operator. Only this engine's lowerings understand the result.
//
// A whole program is fused once, before a hosted executable splits it at its loops. ONNX Runtime's own fusions see only the
// parts and would depend on their contents: fused and hosted loops would differ in the last bits.

import {
  type Atom,
  broadcastShapes,
  Constant,
  type Equation,
  type EquationOf,
  isControlFlow,
  mapSubPrograms,
  type Program,
  sameType,
  Variable,
} from '@gaussmark/autodiff';
import { type FusedProduct, takesAddend } from './lower/matmul.js';
import type { PooledConvolution } from './lower/pooling.js';
import { poolByPhases } from './phases.js';

/**
 * Introduces the following forms, provided that intermediate results have no other use:
 *
 * - `matmul` of matrices with a third operand C, broadcast to the result: op(A) op(B) + C. A sum of products and other terms
 *   becomes a chain of these. Gemm copies C, while Add would read and write the whole product again: for a product of
 *   (1000, 20) by (20, 20) in float64, 18 microseconds, adding a bias costs 5 microseconds instead of 13.
 * - the same with a constant factor, C - s op(A) op(B), if s is exact in single precision, like Gemm's factor: a step of
 *   gradient descent is the last product of its gradient.
 * - `reduceSum` of x x, as `reduceSum` with the operands x, x.
 * - `maxPool2d` of a convolution, as `maxPool2d` with the convolution's operands.
 *
 * Before that, phases.ts rewrites pooled convolutions with few filters.
 */
export function fuse(program: Program): Program {
  return fuseEquations(poolByPhases(program));
}

function fuseEquations(program: Program): Program {
  return new Fuser(program).run();
}

type Term = { readonly atom: Atom; readonly product: EquationOf<'matmul'> | undefined };

class Fuser {
  private readonly uses = new Map<Atom, number>();
  private readonly definitions = new Map<Atom, Equation>();
  /** Equations merged into another one. */
  private readonly absorbed = new Set<Equation>();
  private readonly replacements = new Map<Equation, readonly Equation[]>();

  constructor(private readonly program: Program) {
    const use = (atom: Atom) => this.uses.set(atom, (this.uses.get(atom) ?? 0) + 1);
    for (const equation of program.equations) {
      equation.inputs.forEach(use);
      for (const output of equation.outputs) this.definitions.set(output, equation);
    }
    program.outputs.forEach(use);
  }

  run(): Program {
    // Backwards, so that a sum is visited before the sums merged into it.
    for (const equation of this.program.equations.toReversed()) {
      if (this.absorbed.has(equation)) continue;
      const fused = this.fuse(equation);
      if (fused !== undefined) this.replacements.set(equation, fused);
    }
    const equations = this.program.equations.flatMap((equation) =>
      this.absorbed.has(equation) ? [] : (this.replacements.get(equation) ?? [equation]),
    );
    return { ...this.program, equations };
  }

  private fuse(equation: Equation): readonly Equation[] | undefined {
    switch (equation.primitive) {
      case 'add':
        return this.sumOfProducts(equation);
      case 'sub':
        return this.scaledProduct(equation);
      case 'reduceSum':
        return this.sumOfSquares(equation);
      case 'maxPool2d':
        return this.pooledConvolution(equation);
      default:
        return isControlFlow(equation.primitive)
          ? [mapSubPrograms(equation, (inner) => fuseEquations(inner.program))]
          : undefined;
    }
  }

  private usedOnce(atom: Atom): Equation | undefined {
    return this.uses.get(atom) === 1 ? this.definitions.get(atom) : undefined;
  }

  private sumOfProducts(sum: EquationOf<'add'>): readonly Equation[] | undefined {
    const { type } = sum.outputs[0]!;
    if (type.shape.length !== 2) return undefined;
    const taken: Equation[] = [];
    const termsOf = (atom: Atom): Term[] => {
      const definition = sameType(atom.type, type) ? this.usedOnce(atom) : undefined;
      if (definition?.primitive === 'add') {
        taken.push(definition);
        return definition.inputs.flatMap(termsOf);
      }
      const product = definition?.primitive === 'matmul' && definition.inputs.length === 2;
      if (!product || !takesAddend(definition)) return [{ atom, product: undefined }];
      taken.push(definition);
      return [{ atom, product: definition }];
    };
    const terms = sum.inputs.flatMap(termsOf);
    const products = terms.flatMap(({ product }) => product ?? []);
    if (products.length === 0) return undefined;
    for (const equation of taken) this.absorbed.add(equation);

    // Terms that are not products are summed as before; the products are then added one by one.
    const equations: Equation[] = [];
    const others = terms.filter(({ product }) => product === undefined).map(({ atom }) => atom);
    let total = others.shift();
    for (const other of others) {
      const shape = broadcastShapes(total!.type.shape, other.type.shape)!;
      const partial = new Variable({ dtype: type.dtype, shape });
      equations.push({ primitive: 'add', params: {}, inputs: [total!, other], outputs: [partial] });
      total = partial;
    }
    for (const [i, product] of products.entries()) {
      const last = i === products.length - 1;
      const outputs = last ? sum.outputs : [new Variable(type)];
      const inputs = total === undefined ? product.inputs : [...product.inputs, total];
      equations.push({ ...product, inputs, outputs });
      total = outputs[0]!;
    }
    return equations;
  }

  private scaledProduct(difference: EquationOf<'sub'>): readonly Equation[] | undefined {
    const [total, subtrahend] = difference.inputs as [Atom, Atom];
    const scaled = this.usedOnce(subtrahend);
    if (scaled?.primitive !== 'mul' || !sameType(total.type, subtrahend.type)) return undefined;
    const [a, b] = scaled.inputs as [Atom, Atom];
    const [factor, value] = a instanceof Constant ? [a, b] : [b, a];
    const product = this.usedOnce(value);
    if (product?.primitive !== 'matmul' || product.inputs.length > 2 || !takesAddend(product))
      return undefined;
    if (!sameType(value.type, total.type) || !(factor instanceof Constant) || factor.data.length !== 1)
      return undefined;
    const scale = -factor.data[0]!;
    if (Math.fround(scale) !== scale) return undefined;
    for (const equation of [scaled, product]) this.absorbed.add(equation);
    const params: FusedProduct = { ...product.params, scale };
    return [{ ...product, params, inputs: [...product.inputs, total], outputs: difference.outputs }];
  }

  private pooledConvolution(pool: EquationOf<'maxPool2d'>): readonly Equation[] | undefined {
    const convolution = this.usedOnce(pool.inputs[0]!);
    const { window, padding } = pool.params;
    const inWhole = window[0] * window[1] > 1 && padding.flat().every((n) => n === 0);
    if (convolution?.primitive !== 'conv2d' || pool.inputs[0]!.type.dtype !== 'float32' || !inWhole)
      return undefined;
    this.absorbed.add(convolution);
    const params: PooledConvolution = { ...pool.params, convolution };
    return [{ ...pool, params, inputs: convolution.inputs }];
  }

  private sumOfSquares(sum: EquationOf<'reduceSum'>): readonly Equation[] | undefined {
    const square = sum.inputs.length === 1 ? this.usedOnce(sum.inputs[0]!) : undefined;
    if (square?.primitive !== 'mul' || square.inputs[0] !== square.inputs[1]) return undefined;
    this.absorbed.add(square);
    return [{ ...sum, inputs: square.inputs }];
  }
}
