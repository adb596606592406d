// The conformance suite of all engines, on the backends that can run here.

import { type CaseResult, checkEngine } from '@gaussmark/engine-conformance';
import { describe, expect, it } from 'vitest';
import plugin from '../src/index.js';

const backends = await plugin.backends!();

describe('conformance', () => {
  for (const backend of backends) {
    const { hyperparameters, available } = backend;
    const name = String(hyperparameters.backend);
    it.skipIf(!available)(
      `of ${name}${available ? '' : ` (${backend.reason})`}`,
      async () => {
        const engine = await plugin.create(hyperparameters);
        const results: CaseResult[] = [];
        for await (const result of checkEngine(engine)) results.push(result);
        await engine.dispose();
        expect(results.filter(({ status }) => status === 'fail')).toEqual([]);
        // What it does not support is float64, and nothing else.
        const unsupported = new Set(
          results.filter(({ status }) => status === 'unsupported').map(({ dtype }) => dtype),
        );
        expect([...unsupported]).toEqual(['float64']);
        expect(results.filter(({ dtype, status }) => dtype !== 'float64' && status !== 'pass')).toEqual([]);
      },
      120_000,
    );
  }

  it('finds the backends that come with the package', () => {
    const here = backends
      .filter(({ available }) => available)
      .map(({ hyperparameters }) => hyperparameters.backend);
    expect(here).toEqual(expect.arrayContaining(['wasm', 'cpu']));
  });
});
