// Metering: makes a program count the iterations of each loop and the sides taken by each branch.

import { type Cost, equationCost } from './cost.js';
import {
  type Atom,
  Constant,
  type Equation,
  type EquationOf,
  type PrimitiveParams,
  type Program,
  Variable,
} from './program.js';
import { isControlFlow, loopOperands } from './sub-programs.js';
import { instantiate } from './substitution.js';

/** A place in a program whose work is only known when it runs. */
export interface Site {
  readonly kind: 'loop' | 'branch';
  /** A loop's name; empty for a branch. */
  readonly name: string;
}

export interface Metered {
  /**
   * The program with one more output after its own: int32[sites], how often each loop's body ran, and how often each branch took its
   * true side. A program without loops and branches is returned unchanged.
   */
  readonly program: Program;
  /** In the order of the counts; includes those nested in loops and branches. */
  readonly sites: readonly Site[];
  readonly cost: MeteredCost;
}

/**
 * The cost of a run as a function of its counts: `fixed + sum_i perCount[i] counts[i]`. A loop's condition runs once more than its
 * body, and only the side of a branch that ran counts. Exact, by the conventions of `programCost`.
 */
export interface MeteredCost {
  readonly fixed: Cost;
  readonly perCount: readonly Cost[];
}

/**
 * The cost of a run with these counts.
 *
 * @example
 * const loop = (x: Tensor) => whileLoop((k: Tensor) => less(k, x), (k: Tensor) => mul(k, k), x);
 * const { cost } = meter(trace(loop, { dtype: 'int32', shape: [] }).program);
 * costOf(cost, [3]).flops; // = 7
 */
export function costOf({ fixed, perCount }: MeteredCost, counts: ArrayLike<number>): Cost {
  let { flops, bytes } = fixed;
  for (const [i, cost] of perCount.entries()) {
    flops += cost.flops * counts[i]!;
    bytes += cost.bytes * counts[i]!;
  }
  return { flops, bytes };
}

/**
 * A program that computes the same values in the same order, and counts. The counters are part of the loops' carry: one integer
 * addition per iteration, and none if a loop already counts its iterations. Counts are exact up to 2^31 - 1; beyond, a counter wraps
 * around to negative numbers, as int32 does.
 *
 * The counters themselves are not part of the cost.
 *
 * @example
 * const loop = (x: Tensor) => whileLoop((k: Tensor) => less(k, 100), (k: Tensor) => mul(2, k), x);
 * const { program, sites } = meter(trace(loop, { dtype: 'int32', shape: [] }).program);
 * sites; // = [{ kind: 'loop', name: 'while' }]
 * evaluate(program, [tensorValue('int32', [], [1])]).map(({ data }) => data[0]); // = [128, 7]
 */
export function meter(program: Program): Metered {
  const pass = new Meter();
  const { equations, outputs, counts } = pass.block(program, [[ALWAYS, 1]]);
  const { sites } = pass;
  if (sites.length === 0) return { program, sites, cost: pass.cost() };
  const total = new Variable({ dtype: 'int32', shape: [sites.length] });
  const packed = packing(
    sites.map((_, site) => counts.get(site) ?? ZERO),
    total,
  );
  return {
    program: {
      inputs: program.inputs,
      equations: [...equations, ...packed],
      outputs: [...outputs, total],
    },
    sites,
    cost: pass.cost(),
  };
}

const COUNT = { dtype: 'int32', shape: [] } as const;
const ZERO = new Constant(COUNT, Int32Array.of(0));
const ONE = new Constant(COUNT, Int32Array.of(1));

/** Stands for the run itself among the sites. */
const ALWAYS = -1;

/** How often a block runs: a sum of counts, each with its factor. */
type Times = readonly (readonly [site: number, factor: number])[];

interface MeteredBlock {
  readonly equations: readonly Equation[];
  readonly outputs: readonly Atom[];
  /** What one run of the block adds to the count of each site in it. */
  readonly counts: ReadonlyMap<number, Atom>;
}

class Meter {
  readonly sites: Site[] = [];
  readonly #costs = new Map<number, { flops: number; bytes: number }>();

  cost(): MeteredCost {
    const of = (site: number): Cost => this.#costs.get(site) ?? { flops: 0, bytes: 0 };
    return { fixed: of(ALWAYS), perCount: this.sites.map((_, site) => of(site)) };
  }

  block(program: Program, times: Times): MeteredBlock {
    const equations: Equation[] = [];
    const counts = new Map<number, Atom>();
    const note = (block: Iterable<readonly [number, Atom]>) => {
      for (const [site, count] of block) counts.set(site, count);
    };
    const walk = (equation: Equation): void => {
      if (equation.primitive === 'while') {
        if (hasControlFlow(equation.params.condition)) {
          for (const part of testedInBody(equation)) walk(part);
          return;
        }
        const metered = this.loop(equation, times);
        equations.push(metered.equation);
        note(metered.counts);
      } else if (equation.primitive === 'scan') {
        const metered = this.scan(equation, times);
        equations.push(metered.equation);
        note(metered.counts);
      } else if (equation.primitive === 'cond') {
        const metered = this.branch(equation, times);
        equations.push(...metered.equations);
        note(metered.counts);
      } else {
        this.bill(equationCost(equation), times);
        equations.push(equation);
      }
    };
    program.equations.forEach(walk);
    return { equations, outputs: program.outputs, counts };
  }

  private loop(loop: EquationOf<'while'>, times: Times) {
    const { condition, body, name } = loop.params;
    const site = this.site({ kind: 'loop', name });
    // The condition contains no loops or branches, so nothing in it is counted.
    for (const equation of condition.equations) this.bill(equationCost(equation), [...times, [site, 1]]);
    const inner = this.block(body, [[site, 1]]);

    const counter = ownCounter(loop);
    const own = counter === undefined ? undefined : loop.outputs[counter];
    const turn = own === undefined ? [[site, ONE] as const] : [];
    const counted = [...turn, ...inner.counts];
    const carried = counted.map(() => new Variable(COUNT));
    const next = counted.map(() => new Variable(COUNT));
    const totals = counted.map(() => new Variable(COUNT));
    const additions = counted.map(([, count], i) => equationOf('add', {}, [carried[i]!, count], next[i]!));
    const equation: EquationOf<'while'> = {
      ...loop,
      params: {
        ...loop.params,
        condition: { ...condition, inputs: [...condition.inputs, ...carried.map(() => new Variable(COUNT))] },
        body: {
          inputs: [...body.inputs, ...carried],
          equations: [...inner.equations, ...additions],
          outputs: [...inner.outputs, ...next],
        },
      },
      inputs: [...loop.inputs, ...counted.map(() => ZERO)],
      outputs: [...loop.outputs, ...totals],
    };
    const counts = new Map<number, Atom>(counted.map(([each], i) => [each, totals[i]!]));
    if (own !== undefined) counts.set(site, own);
    return { equation, counts };
  }

  /** The number of iterations is known: only sites inside the body are counted, in the carry. */
  private scan(scan: EquationOf<'scan'>, times: Times) {
    const { length, carries, body } = scan.params;
    const inner = this.block(
      body,
      times.map(([site, factor]) => [site, length * factor]),
    );
    const counted = [...inner.counts];
    const [carried, next, totals] = [counted, counted, counted].map((all) =>
      all.map(() => new Variable(COUNT)),
    ) as [Variable[], Variable[], Variable[]];
    const additions = counted.map(([, count], i) => equationOf('add', {}, [carried[i]!, count], next[i]!));
    const start = scan.params.captures + carries;
    const equation: EquationOf<'scan'> = {
      ...scan,
      params: {
        ...scan.params,
        carries: carries + counted.length,
        body: {
          inputs: body.inputs.toSpliced(start, 0, ...carried),
          equations: [...inner.equations, ...additions],
          outputs: inner.outputs.toSpliced(carries, 0, ...next),
        },
      },
      inputs: scan.inputs.toSpliced(start, 0, ...counted.map(() => ZERO)),
      outputs: scan.outputs.toSpliced(carries, 0, ...totals),
    };
    return { equation, counts: counted.map(([site], i) => [site, totals[i]!] as const) };
  }

  private branch(branch: EquationOf<'cond'>, times: Times) {
    const site = this.site({ kind: 'branch', name: '' });
    const yes = this.block(branch.params.ifTrue, [[site, 1]]);
    const no = this.block(branch.params.ifFalse, [...times, [site, -1]]);
    const inner = [...yes.counts.keys(), ...no.counts.keys()];
    const side = (program: Program, { equations, outputs, counts }: MeteredBlock): Program => ({
      inputs: program.inputs,
      equations,
      outputs: [...outputs, ...inner.map((each) => counts.get(each) ?? ZERO)],
    });
    const totals = inner.map(() => new Variable(COUNT));
    const taken = new Variable(COUNT);
    const equation: EquationOf<'cond'> = {
      ...branch,
      params: { ifTrue: side(branch.params.ifTrue, yes), ifFalse: side(branch.params.ifFalse, no) },
      outputs: [...branch.outputs, ...totals],
    };
    return {
      equations: [equation, equationOf('cast', { dtype: 'int32' }, [branch.inputs[0]!], taken)],
      counts: new Map<number, Atom>([[site, taken], ...inner.map((each, i) => [each, totals[i]!] as const)]),
    };
  }

  private site(site: Site): number {
    return this.sites.push(site) - 1;
  }

  private bill({ flops, bytes }: Cost, times: Times): void {
    for (const [site, factor] of times) {
      const total = this.#costs.get(site) ?? { flops: 0, bytes: 0 };
      total.flops += factor * flops;
      total.bytes += factor * bytes;
      this.#costs.set(site, total);
    }
  }
}

/**
 * The position in the carry of an integer that starts at 0 and grows by 1 per iteration, if any: its last value is the count.
 *
 * @internal
 */
export function ownCounter({ params, inputs, outputs }: EquationOf<'while'>): number | undefined {
  const { bodyCaptures, body } = params;
  const { carry } = loopOperands(params, inputs);
  const position = outputs.findIndex((_, i) => {
    const before = body.inputs[bodyCaptures + i]!;
    const after = body.outputs[i];
    if (!isCount(carry[i], 0)) return false;
    const made = body.equations.find((equation) => equation.outputs.includes(after as Variable));
    if (made?.primitive !== 'add') return false;
    const [a, b] = made.inputs;
    return (a === before && isCount(b, 1)) || (b === before && isCount(a, 1));
  });
  return position < 0 ? undefined : position;
}

function isCount(atom: Atom | undefined, value: number): boolean {
  return (
    atom instanceof Constant &&
    atom.type.dtype === 'int32' &&
    atom.type.shape.length === 0 &&
    atom.data[0] === value
  );
}

function hasControlFlow({ equations }: Program): boolean {
  return equations.some(({ primitive }) => isControlFlow(primitive));
}

/**
 * A loop whose condition is evaluated before it and at the end of its body, and carried as a bool, so that loops and branches in the
 * condition can be counted there.
 */
function testedInBody({ params, inputs, outputs }: EquationOf<'while'>): readonly Equation[] {
  const { name, conditionCaptures, bodyCaptures, condition, body } = params;
  const { condition: captures, carry } = loopOperands(params, inputs);
  const before = instantiate(condition, [...captures, ...carry]);
  const [inCondition, flag, last] = [
    captures.map(({ type }) => new Variable(type)),
    new Variable(condition.outputs[0]!.type),
    new Variable(condition.outputs[0]!.type),
  ];
  const after = instantiate(condition, [...inCondition, ...body.outputs]);
  const loop: PrimitiveParams['while'] = {
    name,
    conditionCaptures: 0,
    bodyCaptures: conditionCaptures + bodyCaptures,
    condition: {
      inputs: [...carry.map(({ type }) => new Variable(type)), flag],
      equations: [],
      outputs: [flag],
    },
    body: {
      inputs: [...inCondition, ...body.inputs, new Variable(flag.type)],
      equations: [...body.equations, ...after.equations],
      outputs: [...body.outputs, ...after.outputs],
    },
  };
  return [
    ...before.equations,
    {
      primitive: 'while',
      params: loop,
      inputs: [...inputs, ...before.outputs],
      outputs: [...outputs, last],
    },
  ];
}

/** Packs scalars into one vector. */
function packing(counts: readonly Atom[], total: Variable): readonly Equation[] {
  if (counts.length === 1) return [equationOf('reshape', { shape: [1] }, counts, total)];
  const rows = counts.map(() => new Variable({ dtype: 'int32', shape: [1] }));
  return [
    ...counts.map((count, i) => equationOf('reshape', { shape: [1] }, [count], rows[i]!)),
    equationOf('concat', { axis: 0 }, rows, total),
  ];
}

function equationOf<P extends 'add' | 'cast' | 'reshape' | 'concat'>(
  primitive: P,
  params: PrimitiveParams[P],
  inputs: readonly Atom[],
  output: Variable,
): Equation {
  return { primitive, params, inputs, outputs: [output] } as unknown as Equation;
}
