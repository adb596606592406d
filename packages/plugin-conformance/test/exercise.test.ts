// Exercise: the settings that are derived from manifests, and what acts with what.

import { type HyperparameterValues, type Manifest, parseManifest } from '@gaussmark/core';
import { describe, expect, it } from 'vitest';
import { explore } from '../src/exercise/explore.js';
import { valuesToTry } from '../src/exercise/values.js';

const manifestOf = (properties: object, rest: object = {}): Manifest =>
  parseManifest(
    {
      kind: 'optimizer',
      name: 'made-up',
      version: '1.0.0',
      summary: 'Made up.',
      entry: './index.js',
      hyperparameters: { type: 'object', properties },
      ...rest,
    },
    'manifest.json',
  );

const number = (value: number, bounds: object = {}) => ({
  type: 'number',
  default: value,
  description: 'd',
  ...bounds,
});
const flag = { type: 'boolean', default: false, description: 'd' };

describe('values to try', () => {
  it.each<[string, object, unknown[]]>([
    ['all of a choice', { enum: ['a', 'b', 'c'], default: 'b' }, ['a', 'c']],
    ['the other of two', flag, [true]],
    [
      'numbers of a share within its bounds',
      number(0, { minimum: 0, exclusiveMaximum: 1 }),
      [0.1, 0.5, 0.01, 0.9],
    ],
    [
      'counts, where null is the default',
      { type: ['integer', 'null'], minimum: 1, default: null },
      [2, 4, 1, 3],
    ],
    [
      'shorter and longer lists',
      { type: 'array', items: { type: 'integer' }, default: [8, 4] },
      [[8], [8, 4, 4], [4, 2]],
    ],
    ['none of a name', { type: 'string', default: 'x' }, []],
  ])('are %s', (_, schema, expected) => {
    const manifest = manifestOf({ x: { description: 'd', ...schema } });
    expect(valuesToTry(manifest, 'x', manifest.hyperparameters.properties.x!.default)).toEqual(expected);
  });

  it('include the search space and presets, or are only those of the coverage', () => {
    const x = number(1);
    const search = { x: { scale: 'linear', low: 3, high: 7 } };
    const named = manifestOf({ x }, { search, presets: { p: { x: 11 } } });
    expect(valuesToTry(named, 'x', 1)).toEqual(expect.arrayContaining([11, 0.5, 2]));
    expect(valuesToTry(manifestOf({ x }, { search, coverage: { values: { x: [5] } } }), 'x', 1)).toEqual([5]);
  });

  it('in a manifest are checked against its schema', () => {
    const wrong = (coverage: object) => () => manifestOf({ x: number(1, { maximum: 2 }) }, { coverage });
    const at = (pointer: string) => expect.objectContaining({ pointer });
    expect(wrong({ base: { x: 3 } })).toThrow(at('/coverage/base/x'));
    expect(wrong({ values: { x: [1, 3] } })).toThrow(at('/coverage/values/x/1'));
    expect(wrong({ base: { y: 3 } })).toThrow(at('/coverage/base/y'));
  });
});

describe('exploring', () => {
  const manifest = manifestOf({
    rate: number(0.1),
    switch: flag,
    second: flag,
    deep: number(1),
    dead: number(1),
    named: { type: 'string', default: 'x', description: 'd' },
  });
  /** `deep` acts only with `second`, which needs `switch`. */
  const value = (values: HyperparameterValues) => {
    if (values.second && !values.switch) return { kind: 'refused', reason: 'second needs switch' } as const;
    const number = (name: string) => Number(values[name]);
    const sum = number('rate') + (values.switch ? 10 : 0) + (values.second ? 100 * number('deep') : 0);
    return { kind: 'observed', value: sum, tolerance: 1e-9 } as const;
  };

  it('finds what acts alone, with others, or not at all', async () => {
    const { effects } = await explore(manifest, async (values) => value(values));
    expect(effects).toEqual([
      { hyperparameter: 'rate', status: 'exercised' },
      { hyperparameter: 'switch', status: 'exercised' },
      { hyperparameter: 'second', status: 'exercised', together: 'switch=true' },
      { hyperparameter: 'deep', status: 'exercised', together: expect.stringContaining('second=true') },
      { hyperparameter: 'dead', status: 'inert', reason: expect.any(String) },
      { hyperparameter: 'named', status: 'not run', reason: expect.stringContaining('coverage.values') },
    ]);
  });

  it('tries the ends of a range before a number counts as without effect', async () => {
    const edge = manifestOf({ edge: number(0.3, { minimum: 0, maximum: 1 }), past: number(0.3) });
    const { effects } = await explore(edge, async ({ edge: x }) => ({
      kind: 'observed',
      value: x === 1 ? 2 : 1,
      tolerance: 1e-9,
    }));
    expect(effects.map(({ status }) => status)).toEqual(['exercised', 'inert']);
  });

  it('records each setting once, refused values as null, and pairs', async () => {
    const { settings } = await explore(manifest, async (values) => value(values));
    const byText = new Map(settings.map((setting) => [setting.selection, setting.value]));
    expect(byText.size).toBe(settings.length);
    expect(byText.get('made-up')).toBe(0.1);
    expect(byText.get('made-up[second=true]')).toBeNull();
    expect(byText.get('made-up[switch=true,second=true,deep=2]')).toBeCloseTo(210.1, 9);
    expect(byText.get('made-up[rate=0.05,switch=true]')).toBeCloseTo(10.05, 9);
  });

  it('runs nothing of a plugin that breaks, and says why', async () => {
    const broken = await explore(manifest, async () => ({ kind: 'failed', reason: 'no such thing' }));
    expect(broken.settings).toEqual([]);
    expect(new Set(broken.effects.map(({ status, reason }) => `${status}: ${reason}`))).toEqual(
      new Set(['not run: no such thing']),
    );
  });
});
