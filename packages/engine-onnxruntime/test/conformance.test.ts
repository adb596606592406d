// The conformance suite on this engine.

import { type CaseResult, checkEngine } from '@gaussmark/engine-conformance';
import { describe, expect, it } from 'vitest';
import { createEngine } from './support.js';

describe('conformance', () => {
  it.each([{ threads: 1 }, { threads: 2 }])(
    'of the CPU, %o: nothing is wrong, nothing unsupported',
    async (settings) => {
      const engine = await createEngine(settings);
      const results: CaseResult[] = [];
      for await (const result of checkEngine(engine)) results.push(result);
      await engine.dispose();
      expect(results.filter(({ status }) => status !== 'pass')).toEqual([]);
      expect(results.length).toBeGreaterThan(1500);
    },
    120_000,
  );
});
