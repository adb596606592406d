// The checker: a correct engine passes everything, and every fault is found.

import { isFloat, type Primitive, type TensorValue } from '@gaussmark/autodiff';
import { GaussmarkError } from '@gaussmark/core';
import { describe, expect, it } from 'vitest';
import {
  type CaseResult,
  type CheckOptions,
  checkEngine,
  conformanceCases,
  conforms,
  summarize,
  TOLERANCES,
} from '../src/index.js';
import { type Faults, ReferenceEngine } from './reference-engine.js';

async function check(faults: Faults, options: CheckOptions = {}): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for await (const result of checkEngine(new ReferenceEngine(faults), options)) results.push(result);
  return results;
}

const casesOf = (...subjects: readonly string[]) =>
  conformanceCases().filter(({ subject }) => subjects.includes(subject));

const failures = (results: readonly CaseResult[]) => results.filter(({ status }) => status === 'fail');

/** Changes every element by a share of it, or to another boolean or integer. */
function nudged(outputs: readonly TensorValue[], share: number): TensorValue[] {
  return outputs.map(({ type, data }) => {
    const change =
      type.dtype === 'bool'
        ? (value: number) => 1 - value
        : isFloat(type.dtype)
          ? (value: number) => value + share * Math.max(1, Math.abs(value))
          : (value: number) => value + 1;
    return { type, data: data.map(change) as typeof data };
  });
}

describe('a correct engine', () => {
  it('passes every case', async () => {
    const results = await check({});
    expect(results.filter(({ status }) => status !== 'pass')).toEqual([]);
    expect(results.length).toBeGreaterThan(1500);
  });
});

describe('a wrong value', () => {
  it.each(Object.keys(TOLERANCES) as Primitive[])(
    'of %s is found in every case that has one',
    async (primitive) => {
      const cases = casesOf(primitive);
      const results = await check(
        {
          distort: (equation, outputs) =>
            equation.primitive === primitive ? nudged(outputs, 1e-3) : outputs,
        },
        { cases },
      );
      const passed = results.filter(({ status, subject }) => subject === primitive && status === 'pass');
      // The engine distorts values outside branches, and empty tensors have none.
      const untouched = cases.filter(
        ({ program: { equations, outputs } }) =>
          equations.every((equation) => equation.primitive !== primitive) ||
          outputs.every(({ type }) => type.shape.includes(0)),
      );
      expect(passed.map(({ name }) => name)).toEqual(untouched.map(({ name }) => name));
    },
  );

  it('is reported with its position and the expected value', async () => {
    const results = await check(
      { distort: (equation, outputs) => (equation.primitive === 'add' ? nudged(outputs, 1) : outputs) },
      { cases: casesOf('add').filter(({ name, dtype }) => name === '[] with []' && dtype === 'int32') },
    );
    const [failure] = failures(results).filter(({ subject }) => subject === 'add');
    expect(failure).toMatchObject({ deviation: { where: 'output 1 of 1, int32[], at []' } });
    const { expected, got } = (failure as { deviation: { expected: number; got: number } }).deviation;
    expect(got).toBe(expected + 1);
  });

  it.each([
    ['a number instead of infinity', Number.POSITIVE_INFINITY, 3e38],
    ['a number instead of NaN', Number.NaN, 0],
  ])('includes %s', async (_, due, got) => {
    const replace = ({ type, data }: TensorValue): TensorValue => ({
      type,
      data: data.map((value) => (Object.is(value, due) ? got : value)) as typeof data,
    });
    const cases = casesOf('exp');
    const results = await check({ distort: (_, outputs) => outputs.map(replace) }, { cases });
    expect(failures(results).map(({ name }) => name)).toContain('infinities and NaN');
  });

  it('within the tolerance passes, with its share of it', async () => {
    const distort: Faults['distort'] = (equation, outputs) =>
      equation.primitive === 'exp' ? outputs.map(offByHalf) : outputs;
    const offByHalf = ({ type, data }: TensorValue): TensorValue => ({
      type,
      data: data.map((value) => value * (1 + TOLERANCES.exp.float64 * 0.5 * 2 ** -52)) as typeof data,
    });
    const cases = casesOf('exp').filter(({ dtype, name }) => dtype === 'float64' && name === '[3,5]');
    const [result] = (await check({ distort }, { cases })).filter(({ subject }) => subject === 'exp');
    expect(result!.status).toBe('pass');
    const { share } = result as { share: number };
    expect(share).toBeGreaterThan(0.3);
    expect(share).toBeLessThan(0.7);
  });
});

describe('what an engine declares', () => {
  const cases = casesOf('sin');
  const noSine = (error: Error): Faults => ({
    unsupported: ({ equations }) =>
      equations.some(({ primitive }) => primitive === 'sin') ? 'has no sine' : null,
    compileError: ({ equations }) =>
      equations.some(({ primitive }) => primitive === 'sin') ? error : undefined,
  });

  it('unsupported is accepted if it also refuses to compile it', async () => {
    const results = await check(noSine(new GaussmarkError('no sine')), { cases });
    const summary = summarize(results).find(({ subject }) => subject === 'sin')!;
    expect(summary).toMatchObject({ passed: 0, failures: [] });
    expect(summary.unsupported).toEqual([{ reason: 'has no sine', count: cases.length }]);
  });

  it('unsupported is a failure if it compiles anyway, or fails with another error', async () => {
    const { compileError: _, ...declares } = noSine(new Error());
    for (const faults of [declares, noSine(new TypeError('x is undefined'))]) {
      expect(failures(await check(faults, { cases })).length).toBe(cases.length);
    }
  });

  it('only by an error is a failure', async () => {
    const error = new GaussmarkError('no kernel');
    const results = await check({ compileError: () => error }, { cases });
    const [first] = failures(results).filter(({ subject }) => subject === 'sin');
    expect(first).toMatchObject({ reason: 'no kernel' });
  });

  it('in its manifest excludes other dtypes', async () => {
    const results = await check({}, { dtypes: ['float32'] });
    const other = results.filter(({ dtype }) => dtype === 'float64');
    expect(other.length).toBeGreaterThan(500);
    expect(other.every(({ status }) => status === 'unsupported')).toBe(true);
    expect(results.filter(({ dtype, status }) => dtype === 'float32' && status !== 'pass')).toEqual([]);
  });
});

describe('a broken law', () => {
  const names = async (faults: Faults, options: CheckOptions = { cases: [] }) => [
    ...new Set(failures(await check(faults, options)).map(({ name }) => name)),
  ];

  it('is found: uploads that do not copy', async () => {
    expect(await names({ sharesUploads: true })).toContain('upload copies');
  });

  it('is found: given outputs that are ignored', async () => {
    expect(await names({ ignoresOutputs: true })).toEqual([
      'run writes into given outputs, and returns them',
      'outputs are the inputs of the next run',
    ]);
  });

  it('is found: hosted loops that report no iterations', async () => {
    const found = await names({ silentLoops: true }, { cases: casesOf('while') });
    expect(found).toContain('conjugate gradients, hosted');
    expect(found.every((name) => name.endsWith('hosted'))).toBe(true);
  });

  it('is found: outputs of another type', async () => {
    const asFloats = ({ type, data }: TensorValue): TensorValue => ({
      type: { dtype: 'float32', shape: type.shape },
      data: Float32Array.from(data),
    });
    const found = failures(await check({ outputsAs: asFloats }, { cases: casesOf('not', 'argMax') }));
    expect(found.filter(({ subject }) => subject === 'not').length).toBe(casesOf('not').length);
    expect(found.find(({ subject }) => subject === 'argMax')).toMatchObject({
      reason: expect.stringContaining('int32[3] in a Int32Array'),
    });
  });
});

describe('a check', () => {
  it('announces each case before running it, and stops when aborted', async () => {
    const controller = new AbortController();
    const begun: string[] = [];
    const results: CaseResult[] = [];
    const options = { cases: casesOf('neg'), onNext: ({ name }: { name: string }) => begun.push(name) };
    for await (const result of checkEngine(new ReferenceEngine(), {
      ...options,
      signal: controller.signal,
    })) {
      results.push(result);
      expect(begun.at(-1)).toBe(result.name);
      if (results.length === 3) controller.abort();
    }
    expect(results.length).toBe(3);
  });

  it('that did not finish does not conform', () => {
    const report = { engine: 'reference', info: {}, subjects: [] };
    expect(conforms(report)).toBe(true);
    expect(conforms({ ...report, ended: 'its process was ended by SIGABRT' })).toBe(false);
  });
});
