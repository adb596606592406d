// PJRT plugins from JavaScript: the part of the C API that the engine uses.

export { Client, type ClientOptions, type DeviceMemory, type Float } from './client.js';
export { compileOptions, type Flags } from './compile-options.js';
export { PjrtError, type Status } from './errors.js';
export { LoadedExecutable } from './executable.js';
export { loadPlugin, type NamedValue, Plugin } from './plugin.js';
