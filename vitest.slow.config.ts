// Tests that take minutes: `pnpm test --config vitest.slow.config.ts`.
import standard from './vitest.config.js';

export default { ...standard, test: { ...standard.test, include: ['packages/*/test/**/*.slow.ts'] } };
