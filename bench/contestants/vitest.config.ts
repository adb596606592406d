// For bench/contestants/run.mjs: the oracles of every optimizer, whose deviations the JSON reporter passes on.
import standard from '../../vitest.config.js';

export default { ...standard, test: { ...standard.test, include: ['bench/contestants/oracles.ts'] } };
