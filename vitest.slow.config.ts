// Tests that take minutes: `pnpm test --config vitest.slow.config.ts`.
import { defineConfig } from 'vitest/config';
import { common } from './vitest.config.js';

export default defineConfig({ test: { ...common, include: ['packages/*/test/**/*.slow.ts'] } });
