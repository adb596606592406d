// WebGPU: every operator of the paper's compiled steps runs on the device, and mnist gives the numbers of the CPU. Skipped
// without a device; SwiftShader is one (docs/gpu.md).

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { allocate, loopsOf, type Program, sizeOf, type TensorValue } from '@gaussmark/autodiff';
import { type Buffer, defaultsOf, type Engine, GaussmarkError, type Registry } from '@gaussmark/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluationProgram, initProgram } from '../../cell/src/programs.js';
import { setUp } from '../../cell/src/setup.js';
import { onRows, severalSteps, traceStep } from '../../cell/src/step.js';
import { makePlan } from '../../harness/src/plan/plan.js';
import { temporaryDirectory, workspaceRegistry } from '../../harness/test/fixtures.js';
import { bench, missingDatasets } from './bench.js';

/** Extensions of the onnxruntime engine beyond the contract. */
interface PlacingEngine extends Engine {
  placements(
    program: Program,
    inputs: readonly Buffer[],
  ): Promise<
    readonly {
      readonly operator: string;
      readonly provider: string;
      readonly text: string;
      readonly path: string;
      readonly outputBytes: number;
    }[]
  >;
}

const WEBGPU = 'onnxruntime[provider=webgpu]';
const registry = await workspaceRegistry();

async function startWebgpu(plugins: Registry): Promise<PlacingEngine | string> {
  const entry = plugins.find('engine', 'onnxruntime');
  const plugin = await plugins.load(entry);
  try {
    const engine = await plugin.create({ ...defaultsOf(entry.manifest), provider: 'webgpu' });
    return engine as PlacingEngine;
  } catch (error) {
    if (error instanceof GaussmarkError) return `${error.summary}; to fix: ${error.remedy}`;
    throw error;
  }
}

const probe = await startWebgpu(registry);
const obstacle = typeof probe === 'string' ? probe : null;
if (typeof probe !== 'string') await probe.dispose();
if (obstacle !== null) console.warn(`skipped: ${obstacle}`);

/** One or two iterations of every loop, so that each operator runs. */
const SGN = 'sgn[cgIterations=2,warmupCgIterations=2,maxLineSearchSteps=2]';
const SPLIT = 8;
const BATCH = 4;

describe.skipIf(obstacle !== null)('webgpu', () => {
  const directory = temporaryDirectory();
  let engine: PlacingEngine;
  beforeAll(async () => {
    engine = (await startWebgpu(registry)) as PlacingEngine;
  });
  afterAll(() => engine.dispose());

  /** Small numbers, or classes. */
  function inputsOf(program: Program): TensorValue[] {
    return program.inputs.map(({ type }, i) => {
      const data = allocate(type.dtype, sizeOf(type.shape));
      for (let k = 0; k < data.length; k++)
        data[k] = type.dtype === 'float32' ? 0.3 * Math.sin(13 * k + 7 * i) : k % SPLIT;
      return { type, data };
    });
  }

  // What leaves an operator to the CPU leaves a copy, too, so both would show. Nothing is allowed: the host drives the loops, which
  // ONNX Runtime would run on the CPU, and float64, which it would leave there, is refused.
  it.for([
    ['boston', 'boston'],
    ['sine10', 'sine'],
    ['sine100', 'sine'],
    ['mnist', 'mnist'],
    ['fashion', 'fashion-mnist'],
    ['cifar10', 'cifar10'],
  ] as const)(
    'runs every operator of the steps of %s on the device',
    { timeout: 240_000 },
    async ([problem, dataset], { skip }) => {
      skip((await missingDatasets(directory.path)).has(dataset), `${dataset} was not fetched`);
      const plan = await makePlan(
        {
          problems: [`${problem}[dtype=float32]`],
          optimizers: [SGN, 'sgd'],
          engines: [WEBGPU],
          seeds: [1],
          budget: { steps: 1 },
        },
        registry,
        directory.locations,
      );
      expect(plan.cells.map(({ optimizer }) => optimizer.name)).toEqual(['sgn', 'sgd']);
      for (const cell of plan.cells) {
        const { optimizer, subject } = await setUp(cell, registry, directory.locations);
        const { state } = initProgram(optimizer, subject);
        const step = traceStep(optimizer, subject, state, BATCH);
        const programs = [
          onRows(step, SPLIT),
          severalSteps(step, { splitSize: SPLIT, steps: 2 }),
          evaluationProgram(subject, SPLIT, BATCH),
        ];
        for (const program of programs) {
          const inputs = inputsOf(program).map((value) => engine.upload(value));
          const kernels = await engine.placements(program, inputs);
          const elsewhere = kernels.filter(
            ({ operator, provider }) => provider !== 'WebGpuExecutionProvider' || /^Memcpy/.test(operator),
          );
          expect(elsewhere).toEqual([]);
          expect(kernels.map(({ operator }) => operator)).toContain('Gather');
          for (const buffer of inputs) buffer.dispose();
        }
        expect(loopsOf(step.program).length > 0).toBe(cell.optimizer.name === 'sgn');
      }
    },
  );

  it('skips a problem in float64, with the reason', async () => {
    const { code, stderr } = await bench(
      ['run', '--problem', 'boston', '--optimizer', 'sgd', '--engine', WEBGPU, '--steps', '1', '--dry-run'],
      directory.path,
    );
    expect(stderr.replace(/\s+/g, ' ')).toMatch(/'onnxruntime\[provider=webgpu\]'.*float64/);
    expect(code).toBe(2);
  });

  it('trains mnist like the CPU', async () => {
    const run = async (engine: string) => {
      const out = path.join(directory.path, engine.replace(/\W+/g, '-'));
      const args = [
        '--problem',
        'mnist[batchSize=100]',
        '--optimizer',
        'sgn[cgIterations=2,warmupCgIterations=2]',
      ];
      const budget = ['--dtype', 'float32', '--seeds', '1', '--steps', '3', '--engine', engine];
      const { code, stderr } = await bench(
        ['run', ...args, ...budget, '--quiet', '--out', out],
        directory.path,
      );
      expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
      const report = JSON.parse(await readFile(path.join(out, 'report.json'), 'utf8'));
      return report.runs[0];
    };
    const [gpu, cpu] = [await run(WEBGPU), await run('onnxruntime[threads=1]')];
    expect(gpu.status).toBe('done');
    const [a, b] = [gpu.curve.at(-1), cpu.curve.at(-1)];
    expect(a.iterations).toBe(3);
    expect(Math.abs(a.trainLoss / b.trainLoss - 1)).toBeLessThan(1e-4);
    expect(Math.abs(a.testLoss / b.testLoss - 1)).toBeLessThan(1e-4);
  }, 300_000);
});
