// The conformance suite on every available backend.

import { type CaseResult, checkEngine } from '@gaussmark/engine-conformance';
import { describe, expect, it } from 'vitest';
import { BACKENDS, createEngine, tensorCount } from './support.js';

describe('conformance', () => {
  it.each(BACKENDS)(
    'of %s: nothing is wrong, nothing but float64 is unsupported, nothing is left behind',
    async (backend) => {
      const engine = await createEngine({ backend });
      const before = tensorCount();
      const results: CaseResult[] = [];
      for await (const result of checkEngine(engine)) results.push(result);
      expect(results.filter(({ status }) => status === 'fail')).toEqual([]);
      const unsupported = results.filter((result) => result.status === 'unsupported');
      expect(new Set(unsupported.map(({ reason }) => reason))).toEqual(
        new Set(['has no float64: the tensors of TensorFlow.js are float32, int32 or bool']),
      );
      expect(results.length - unsupported.length).toBeGreaterThan(900);
      expect(tensorCount()).toBe(before);
    },
    120_000,
  );
});
