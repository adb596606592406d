// Validation and completion of hyperparameters.

import { describe, expect, it } from 'vitest';
import { GaussmarkError } from '../src/errors.js';
import { completeHyperparameters, defaultsOf } from '../src/hyperparameters.js';
import type { JsonValue } from '../src/json.js';
import type { Manifest } from '../src/manifest-schema.js';
import { optimizerManifest } from './fixtures.js';

const sgn = optimizerManifest();

function failure(values: Record<string, JsonValue>, manifest: Manifest = sgn): GaussmarkError {
  try {
    completeHyperparameters(manifest, values);
  } catch (error) {
    if (error instanceof GaussmarkError) return error;
    throw error;
  }
  throw new Error('the values were accepted');
}

describe('completeHyperparameters', () => {
  it("fills in defaults, in the manifest's order", () => {
    const values = completeHyperparameters(sgn, { schedule: 'cos', cgIterations: 3 });
    expect(Object.entries(values)).toEqual([
      ['cgIterations', 3],
      ['rho', 1e-4],
      ['schedule', 'cos'],
      ['hidden', [20, 20]],
    ]);
  });

  it('explains how to quote a name that looks like a number', () => {
    const properties = {
      target: { type: 'string', description: 'd' },
      n: { type: 'integer', default: 1, description: 'd' },
    };
    const manifest = {
      ...sgn,
      hyperparameters: { type: 'object', properties },
      search: {},
      presets: {},
    } as Manifest;
    expect(failure({ target: 2021 }, manifest).remedy).toContain('target="2021"');
    expect(failure({ target: 'x', n: true }, manifest).remedy).toBeUndefined();
  });

  it('copies defaults', () => {
    (completeHyperparameters(sgn, {}).hidden as number[]).push(7);
    expect(completeHyperparameters(sgn, {}).hidden).toEqual([20, 20]);
  });

  it('lets given values win over a preset, and a preset over defaults', () => {
    expect(completeHyperparameters(sgn, { preset: 'paper', rho: 2 })).toEqual({
      cgIterations: 5,
      rho: 2,
      schedule: 'const',
      hidden: [20, 20],
    });
    expect(failure({ preset: 'papr' })).toMatchObject({
      pointer: '/preset',
      summary: expect.stringContaining("did you mean 'paper'?"),
    });
  });

  it('suggests a known name for an unknown hyperparameter', () => {
    expect(failure({ cgIteration: 3 })).toMatchObject({
      plugin: "optimizer 'sgn'",
      pointer: '/cgIteration',
      issues: [{ problem: expect.stringContaining("did you mean 'cgIterations'?") }],
    });
  });

  it.each<[Record<string, JsonValue>, string, string, string]>([
    [{ rho: 0 }, '/rho', 'a number greater than 0', '0'],
    [{ rho: '0.1' }, '/rho', 'a number greater than 0', '"0.1"'],
    [{ cgIterations: 2.5 }, '/cgIterations', 'an integer of at least 1', '2.5'],
    [{ cgIterations: null }, '/cgIterations', 'an integer of at least 1', 'null'],
    [{ schedule: 'sin' }, '/schedule', '"const" or "cos"', '"sin"'],
    [{ hidden: 20 }, '/hidden', 'a list of integers (each at least 1)', '20'],
    [{ hidden: [20, 0] }, '/hidden/1', 'an integer of at least 1', '0'],
    [{ rho: Number.POSITIVE_INFINITY }, '/rho', 'a number greater than 0', 'Infinity'],
  ])('rejects %j', (values, pointer, expected, got) => {
    expect(failure(values)).toMatchObject({ pointer, expected, got });
  });

  it('reports all mistakes together', () => {
    expect(
      failure({ rho: -1, cgIterations: 0, constructor: 1 }).issues.map((issue) => issue.pointer),
    ).toEqual(['/rho', '/cgIterations', '/constructor']);
  });

  it('requires a value for a hyperparameter without a default', () => {
    const properties = { path: { type: 'string', minLength: 1, description: 'The file.' } };
    const changes = {
      kind: 'dataset',
      name: 'csv',
      capabilities: undefined,
      search: undefined,
      presets: undefined,
    };
    const csv = optimizerManifest({ ...changes, hyperparameters: { type: 'object', properties } });
    expect(failure({}, csv)).toMatchObject({
      pointer: '/path',
      expected: 'a string that is not empty',
      got: 'nothing',
    });
    expect(completeHyperparameters(csv, { path: 'a.csv' })).toEqual({ path: 'a.csv' });
    expect(defaultsOf(csv)).toEqual({});
  });
});
