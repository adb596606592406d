// Runs the second half of documented commands.

import { runHalf } from './documented/run-half.js';

await runHalf(1);
