// Hidden work on each kind of engine: in native loops, in loops that the host drives, operator by operator. The bill is the same.

import type { Engine } from '@gaussmark/core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CellResult } from '../../../cell/src/cell.js';
import { compilingBy } from '../fixtures.js';
import { type Cheat, GAIN, gainOf, pluginOf, pluginsOf } from './cheat.js';
import { WORK_CHEATS } from './cheats/work.js';
import { type PlayOptions, playground } from './play.js';

const NAMES = ['hidden loop', 'loop in a branch', 'work in init', 'cheap side'];
const CHEATS = NAMES.map((name) => WORK_CHEATS.find((cheat) => cheat.name === name)!);

const play = playground(pluginsOf(CHEATS));

/** Turns of loops that the host drove. */
let driven = 0;
const compiling =
  (loops: 'fused' | 'hosted') =>
  (engine: Engine): Engine =>
    compilingBy(engine, (program) => engine.compile(program, { loops, onIteration: () => void driven++ }));

interface Where extends Pick<PlayOptions, 'engine' | 'dtype' | 'observe'> {
  /** Whether the host drives loops there. */
  readonly drives: boolean;
}

const ENGINES: Readonly<Record<string, Where>> = {
  'onnxruntime, fused, float32': { drives: false, dtype: 'float32', observe: compiling('fused') },
  'onnxruntime, hosted, float64': { drives: true, observe: compiling('hosted') },
  'tfjs, float32': {
    drives: true,
    engine: { name: 'tfjs', hyperparameters: { backend: 'wasm', threads: 1 } },
    dtype: 'float32',
    observe: compiling('fused'),
  },
};

// A look after every step, so that none stands in a loop of several.
const playCheat = (cheat: Cheat, role: 'cheat' | 'honest', where: Partial<Where> = {}) => {
  const { drives: _, ...options } = where;
  return play(pluginOf(cheat, role), { ...cheat.run, evaluateEvery: { steps: 1 }, ...options });
};

/** Gradient-equivalents after each step. */
const bills = ({ curve }: CellResult) => curve.map(({ gradientEquivalents }) => gradientEquivalents);

/** By native loops in float64, as in the rest of the suite. */
const due = new Map<Cheat, ReturnType<typeof bills>>();
beforeAll(async () => {
  for (const cheat of CHEATS) due.set(cheat, bills(await playCheat(cheat, 'cheat')));
});

describe.each(Object.entries(ENGINES))('on %s', (_, where) => {
  it.each(CHEATS)('$name is billed by the same numbers, and gains nothing', async (cheat) => {
    driven = 0;
    const cheating = await playCheat(cheat, 'cheat', where);
    expect(driven > 0).toBe(where.drives && cheat.name !== 'cheap side');
    const honest = await playCheat(cheat, 'honest', where);
    cheat.verdict({ cheat: cheating, honest });
    expect(gainOf(cheat, cheating, honest)).toBeLessThanOrEqual(GAIN);
    expect(bills(cheating).length).toBeGreaterThan(5);
    expect(bills(cheating)).toEqual(due.get(cheat));
  });
});
