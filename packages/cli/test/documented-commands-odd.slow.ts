// Runs the odd blocks of documented commands.

import { runHalf } from './documented/run-half.js';

await runHalf('odd');
