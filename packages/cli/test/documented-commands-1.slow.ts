// Runs the first half of documented commands.

import { runHalf } from './documented/run-half.js';

await runHalf(0);
