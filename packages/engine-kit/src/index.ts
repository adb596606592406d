// What engines share: loops driven by the host, prepared calls, pinned downloads, installations.

export {
  type BufferMemory,
  type EngineBuffer,
  HostedExecutable,
  type HostedOptions,
  type Part,
} from './hosted-loops.js';
export { demandLinux, type Installation, installInto, tryInProcess } from './installation.js';
export { type BufferSet, Remembered } from './remembered-calls.js';
export { type Block, type HostedLoop, type SplitProgram, splitProgram } from './split-loops.js';
export { demandTool, type RunOptions, runTool } from './tool.js';
export { downloadWheels, PIP, pinnedWheel, unpackWheel } from './wheels.js';
