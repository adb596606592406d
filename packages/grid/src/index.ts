// Grids: one plan on many machines. Returns data and lines of text, and prints nothing.

export type { Backend, TaskState, TaskStates } from './backend.js';
export { type QueueWorkerOptions, workOnQueue } from './backends/bullmq-worker.js';
export { checkBackend } from './backends/index.js';
export { isFailure } from './block-runner.js';
export { type Block, blocksOf } from './blocks.js';
export type { Collected, Collector } from './collector.js';
export { type Disagreement, numbersOf } from './duplicates.js';
export { planWithThreads } from './fix-threads.js';
export { GRID_FOLDER } from './folder.js';
export { type Followed, type FollowOptions, follow } from './follow.js';
export { Grid, type GridInput } from './grid.js';
export {
  BACKENDS,
  type BackendName,
  type GridSettings,
  parseGrid,
  QUEUE_DEFAULTS,
  readGridFile,
} from './grid-file.js';
export { outcomesOf, reportOfGrid } from './report.js';
export { CELL_STATES, type CellState, type GridStatus, summaryOf } from './status.js';
export type { Submission } from './submission.js';
export { formatTimeLimit } from './time-limit.js';
export { collectionNotes, statusLine, statusNotes } from './words.js';
export { workOn } from './work.js';
