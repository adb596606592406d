// An engine whose native calls are marked: what a run sees of it.

import type { Engine, Executable } from '@gaussmark/core';
import { expect, it } from 'vitest';
import { observedEngine } from '../src/observed-engine.js';

const executable: Executable = {
  program: { inputs: [], equations: [], outputs: [] },
  run: async () => [],
  dispose: async () => {},
};
const engine: Engine = {
  info: { engine: 'made-up' },
  inPlace: true,
  compile: async () => executable,
  allocate: (type) => ({ type, read: async () => new Float32Array(1), write: () => {}, dispose: () => {} }),
  upload: ({ type }) => engine.allocate(type),
  dispose: async () => {},
};

it('has the abilities of the engine, and marks its calls', async () => {
  const marks: string[] = [];
  const observed = observedEngine(engine, {
    enter: () => void marks.push('enter'),
    leave: () => void marks.push('leave'),
  });
  expect(observed.inPlace).toBe(true);
  expect(observed.adopt).toBeUndefined();
  const compiled = await observed.compile(executable.program);
  await compiled.run([]);
  expect(marks).toEqual(['enter', 'leave', 'enter', 'leave']);
  const { inPlace: _, ...plain } = engine;
  expect('inPlace' in observedEngine(plain, { enter() {}, leave() {} })).toBe(false);
});
