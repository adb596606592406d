// Supervised worker processes: the only place where plugins run on behalf of a command.

export { backendsOf, type ListedBackend } from './backends.js';
export { NO_TELEMETRY } from './child-environment.js';
export { DATA, DataLibrary, type DataState, type DataStatus } from './data-library.js';
export { type Ending, endingOfError } from './ending.js';
export { EngineLibrary, LIST_ENGINE, type ListedInstaller } from './engine-library.js';
export { type KnownPlugins, knownPlugins, registryOf } from './known-plugins.js';
export { BASE_SECONDS, type Limits, memoryLimit } from './limits.js';
export {
  AMOUNT,
  anyOf,
  COUNT,
  closed,
  FLAG,
  listOf,
  NULL,
  objectOf,
  oneOf,
  SCALARS,
  type Schema,
  SIZE,
  type Static,
  TEXT,
} from './message-schemas.js';
export { callPlugin, loadPlugin } from './plugin-call.js';
export { noteCall, WatchedRegistry } from './plugin-calls.js';
export { PluginHost, type PluginHostOptions } from './plugin-host.js';
export { isRunning, type KnownProcess, knownProcess } from './process-tree.js';
export { type Task, type TaskContext, type TaskOf, task } from './task.js';
export { type AskOptions, runTask, WorkerEnded, WorkerProcess } from './worker-process.js';
