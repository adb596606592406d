// All cheats, in the order of the table in docs/protocol.md.

import type { Cheat } from './cheat.js';
import { CLOCK_CHEATS } from './cheats/clock.js';
import { DATA_CHEATS } from './cheats/data.js';
import { OWN_NUMBERS_CHEATS } from './cheats/own-numbers.js';
import { PATCH_CHEATS } from './cheats/patches.js';
import { SCORE_CHEATS } from './cheats/scores.js';
import { WORK_CHEATS } from './cheats/work.js';

export const CHEATS: readonly Cheat[] = [
  ...WORK_CHEATS,
  ...SCORE_CHEATS,
  ...DATA_CHEATS,
  ...OWN_NUMBERS_CHEATS,
  ...CLOCK_CHEATS,
  ...PATCH_CHEATS,
];
