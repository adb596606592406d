// Measures how far every optimizer is from its oracles. Their own tests demand the tolerance; this also says by how much it is met.

import { it } from 'vitest';
import { meetOracle, type Oracle } from '../../packages/plugin-conformance/src/oracle.js';

declare module 'vitest' {
  interface TaskMeta {
    oracle?: Omit<Oracle, 'worst'> & { readonly worst: number };
  }
}

const modules = import.meta.glob<readonly Oracle[]>('../../packages/*/test/oracles.ts', {
  eager: true,
  import: 'oracles',
});

it.for(Object.values(modules).flat())('$optimizer: $name', async (oracle, { task }) => {
  const { optimizer, name, reference, tolerance } = oracle;
  task.meta.oracle = { optimizer, name, reference, tolerance, worst: await meetOracle(oracle) };
});
