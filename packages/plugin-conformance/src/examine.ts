// The task to examine one plugin: does it load, compute, and find its data?

import { listOf, task } from '@gaussmark/worker';
import type { ExamineTask } from './examine-task.js';
import { EXAMINED } from './examined.js';

export const EXAMINE = task<ExamineTask>(new URL('./examine-task.js', import.meta.url), 'examineTask', {
  result: listOf(EXAMINED),
});
