import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { PythonShuffle } from '../src/index.js';

describe('PythonShuffle', () => {
  // Printed by CPython: items = list(range(10)); r = random.Random(seed); r.shuffle(items), twice.
  test.each([
    [1, [6, 8, 9, 7, 5, 3, 0, 4, 1, 2], [5, 1, 9, 0, 3, 2, 6, 4, 8, 7]],
    [5, [2, 3, 1, 0, 8, 7, 6, 5, 4, 9], [8, 9, 6, 7, 5, 0, 4, 3, 1, 2]],
  ])("follows Python's random.Random(%i).shuffle", (seed, first, second) => {
    const shuffle = new PythonShuffle(10, seed);
    shuffle.next();
    expect([...shuffle.order]).toEqual(first);
    shuffle.next();
    expect([...shuffle.order]).toEqual(second);
  });

  test.skipIf(!hasPython())('agrees with Python over many draws', () => {
    const script =
      'import random\nx=list(range(5000))\nr=random.Random(3)\nfor _ in range(3): r.shuffle(x)\nprint(*x)';
    const expected = execFileSync('python3', ['-c', script], { encoding: 'utf8' })
      .trim()
      .split(' ')
      .map(Number);
    const shuffle = new PythonShuffle(5000, 3);
    for (let epoch = 0; epoch < 3; epoch++) shuffle.next();
    expect([...shuffle.order]).toEqual(expected);
  });

  test('rejects a seed outside 0 to 2^32 - 1', () => {
    expect(() => new PythonShuffle(10, -1)).toThrow(/0 to 2\^32 - 1, got -1/);
    expect(() => new PythonShuffle(10, 1.5)).toThrow(/got 1.5/);
  });
});

function hasPython(): boolean {
  try {
    execFileSync('python3', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
