// For bench/contestants/run.mjs: the oracles of every optimizer, whose deviations the JSON reporter passes on.
import { defineConfig } from 'vitest/config';
import { common } from '../../vitest.config.js';

export default defineConfig({ test: { ...common, include: ['bench/contestants/oracles.ts'] } });
