// Supervised worker processes: the only place where plugin code runs on behalf of a command.

export { backendsOf, type ListedBackend } from './backends.js';
export { BoundedOutput } from './bounded-output.js';
export { NO_TELEMETRY } from './child-environment.js';
export { DATA, DataLibrary } from './data-library.js';
export type { DataState, DataStatus } from './data-task.js';
export { type Ending, endingOfError } from './ending.js';
export { EngineLibrary, LIST_ENGINE } from './engine-library.js';
export type { ListedInstaller } from './engine-tasks.js';
export { forkWorker } from './fork-worker.js';
export { type KnownPlugins, knownPlugins, registryOf } from './known-plugins.js';
export { BASE_SECONDS, heapMebibytes, type Limits, memoryLimit, spinLimit } from './limits.js';
export { AMOUNT, COUNT, listOf, objectOf, SCALARS, TEXT } from './message-schemas.js';
export { callPlugin, loadPlugin } from './plugin-call.js';
export { hearCalls, noteCall, WatchedRegistry } from './plugin-calls.js';
export { PluginHost, type PluginHostOptions } from './plugin-host.js';
export { type Task, type TaskContext, type TaskOf, task } from './task.js';
export { WorkerEnded, WorkerProcess } from './worker-process.js';
