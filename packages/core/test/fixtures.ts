// A manifest for tests to vary.

import type { Manifest } from '../src/manifest-schema.js';

export function optimizerManifest(changes: Record<string, unknown> = {}): Manifest & { kind: 'optimizer' } {
  const manifest = {
    kind: 'optimizer',
    name: 'sgn',
    version: '1.0.0',
    summary: 'Stochastic generalized Gauss-Newton.',
    entry: './index.mjs',
    references: [{ title: 'On the Promise of SGN', arxiv: '2006.02409' }],
    hyperparameters: {
      type: 'object',
      properties: {
        cgIterations: { type: 'integer', minimum: 1, default: 10, description: 'CG iterations.' },
        rho: { type: 'number', exclusiveMinimum: 0, default: 1e-4, description: 'Damping.' },
        schedule: {
          type: 'string',
          enum: ['const', 'cos'],
          default: 'const',
          description: 'Damping schedule.',
        },
        hidden: {
          type: 'array',
          items: { type: 'integer', minimum: 1 },
          default: [20, 20],
          description: 'Widths.',
        },
      },
    },
    search: {
      cgIterations: { scale: 'log-integer', low: 1, high: 40 },
      rho: { scale: 'log', low: 1e-6, high: 1 },
      schedule: { scale: 'categorical', values: ['const', 'cos'] },
    },
    capabilities: { dtypes: ['float32', 'float64'], needs: ['linearize'] },
    presets: { paper: { cgIterations: 5, rho: 1e-3 } },
    ...changes,
  };
  return structuredClone(manifest) as Manifest & { kind: 'optimizer' };
}
