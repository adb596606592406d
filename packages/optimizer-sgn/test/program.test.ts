// The program of an SGN step: what is computed once, and what in every iteration.

import { type Equation, loopsOf, type Program, printProgram } from '@gaussmark/autodiff';
import { describe, expect, it } from 'vitest';
import { randomBatch } from './fixtures.js';
import type { LossName, Network } from './plain-network.js';
import { hyperparameters, traceStep } from './traced-step.js';

const NETWORK: Network = { activation: 'sigmoid', widths: [2, 3, 4, 2] };
const LAYERS = 3;

/** Primitives that evaluate a network or a loss. */
const FORWARD = ['sigmoid', 'tanh', 'exp', 'log', 'softmax', 'logSoftmax', 'sqrt', 'pow', 'sin', 'cos'];

function programOf(options: Parameters<typeof hyperparameters>[0], loss: LossName = 'squaredError'): Program {
  return traceStep(NETWORK, randomBatch(NETWORK, loss, 1), hyperparameters(options), 100).program;
}

function loop(program: Program, name: string): Program | undefined {
  return loopsOf(program).find(({ params }) => params.name === name)?.params.body;
}

const count = (equations: readonly Equation[], ...primitives: readonly string[]): number =>
  equations.filter(({ primitive }) => primitives.includes(primitive)).length;

describe('the program of a step', () => {
  it('matches the snapshot', () => {
    const tiny: Network = { activation: 'sigmoid', widths: [1, 2, 1] };
    const batch = randomBatch(tiny, 'squaredError', 1, 3);
    const options = hyperparameters({ cgIterations: 3 });
    expect(printProgram(traceStep(tiny, batch, options).program)).toMatchSnapshot();
  });

  it.each([
    ['squaredError', {}],
    ['softmaxCrossEntropy', {}],
    ['squaredError', { preconditioned: true, preconditionerExponent: 0.75, momentum: 0.9 }],
    ['softmaxCrossEntropy', { trustRegion: false, lineSearch: false, cgIterations: 3 }],
  ] as const)('holds no forward evaluation in the body of the CG loop (%s, %o)', (loss, options) => {
    const body = loop(programOf(options, loss), 'cg')!;
    expect(count(body.equations, ...FORWARD)).toBe(0);
    // A layer needs two products forward (with the tangents of its input and of its weight), and two backward. The data have no
    // tangent, so the first layer needs one each way.
    expect(count(body.equations, 'matmul')).toBe(2 * (2 * LAYERS - 1));
  });

  it('evaluates the network once, and once more for trust region and line search together', () => {
    const sigmoids = (options: Parameters<typeof hyperparameters>[0]) =>
      count(programOf(options).equations, 'sigmoid');
    const once = LAYERS - 1;
    expect(sigmoids({ trustRegion: false, lineSearch: false })).toBe(once);
    expect(sigmoids({ lineSearch: false })).toBe(2 * once);
    expect(sigmoids({ trustRegion: false })).toBe(2 * once);
    expect(sigmoids({})).toBe(2 * once);
  });

  it('evaluates the network once in an iteration of the line search, and has no such loop without one', () => {
    const body = loop(programOf({}), 'line-search')!;
    expect(count(body.equations, 'sigmoid')).toBe(LAYERS - 1);
    expect(count(body.equations, 'matmul')).toBe(LAYERS);
    expect(loop(programOf({ lineSearch: false }), 'line-search')).toBeUndefined();
  });

  it('does not carry the residual history, nor y without a preconditioner', () => {
    // x, r and p; r'y, max|r|, iterations, flat, ended.
    expect(loop(programOf({}), 'cg')!.outputs).toHaveLength(3 + 5);
    expect(loop(programOf({ preconditioned: true }), 'cg')!.outputs).toHaveLength(3 + 5);
  });

  it('packs the vectors of CG only for small networks', () => {
    const bodyOf = (width: number) => {
      const network: Network = { activation: 'sigmoid', widths: [2, width, width, 2] };
      const step = traceStep(network, randomBatch(network, 'squaredError', 1), hyperparameters(), 100);
      return loop(step.program, 'cg')!;
    };
    expect(bodyOf(3).outputs).toHaveLength(3 + 5);
    const byLeaf = bodyOf(300);
    expect(byLeaf.outputs).toHaveLength(3 * 2 * LAYERS + 5);
    expect(count(byLeaf.equations, 'concat', 'slice')).toBe(0);
  });
});
