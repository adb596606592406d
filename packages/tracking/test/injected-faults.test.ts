// The faults of bench/injected-faults are edits of built files: each must still find what it replaces.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { FAULTS } from '../bench/injected-faults/faults.mjs';
import { faultyFiles } from '../bench/injected-faults/inject.mjs';

const CHECKOUT = fileURLToPath(new URL('../../..', import.meta.url));

it('apply to this build: ten of each kind, forty in formulas, and twenty controls', async () => {
  const kinds: Record<string, number> = {};
  for (const fault of FAULTS) {
    kinds[fault.kind] = (kinds[fault.kind] ?? 0) + 1;
    const texts = await faultyFiles(fault, CHECKOUT);
    expect(texts.size > 0, fault.name).toBe(fault.kind !== 'none');
    for (const [file, text] of texts) expect(text, fault.name).not.toBe(await readFile(file, 'utf8'));
  }
  expect(kinds).toEqual({ slower: 10, default: 10, cg: 10, momentum: 10, copy: 10, formula: 40, none: 20 });
});
