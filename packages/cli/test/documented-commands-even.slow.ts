// Runs the even blocks of documented commands.

import { runHalf } from './documented/run-half.js';

await runHalf('even');
