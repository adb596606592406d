// TensorFlow.js and its WebAssembly back end, from beside this file once it is copied to where the packages are installed.
import { createRequire } from 'node:module';
import path from 'node:path';

export * as tf from '@tensorflow/tfjs';
export { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

/** The folder of the .wasm files, with a separator at its end. */
export const wasmDirectory = path.join(
  path.dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')),
  path.sep,
);
