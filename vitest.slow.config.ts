// Tests that take minutes, apart from the others.
import standard from './vitest.config.js';

export default { ...standard, test: { ...standard.test, include: ['packages/*/test/**/*.slow.ts'] } };
