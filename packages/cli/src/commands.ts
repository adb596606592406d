// The commands: their lines in `bench --help`, and the modules that define them.

import type { DefineCommand } from './context.js';

interface CommandEntry {
  readonly description: string;
  /** Loads the definition; only the command that runs is loaded. */
  readonly load: () => Promise<DefineCommand>;
}

export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  run: {
    description: 'run a benchmark and write its report (default)',
    load: async () => (await import('./run-command.js')).defineRun,
  },
  list: {
    description: 'list optimizers, models, datasets, engines, problems and profiles',
    load: async () => (await import('./list-command.js')).defineList,
  },
  new: {
    description: 'make the folder of a new optimizer, model or dataset',
    load: async () => (await import('./new-command.js')).defineNew,
  },
  check: {
    description: 'check that a plugin conforms, and run its own tests',
    load: async () => (await import('./check-command.js')).defineCheck,
  },
  doctor: {
    description: 'check this machine, the plugins and the data',
    load: async () => (await import('./doctor-command.js')).defineDoctor,
  },
  report: {
    description: 'rebuild reports, or merge several into one',
    load: async () => (await import('./report-command.js')).defineReport,
  },
  export: {
    description: "write an optimizer's step as an .onnx file",
    load: async () => (await import('./export-command.js')).defineExport,
  },
  trace: {
    description: "print the program of an optimizer's step, with its cost",
    load: async () => (await import('./trace-command.js')).defineTrace,
  },
  merge: {
    description: 'merge stored runs from several directories',
    load: async () => (await import('./merge-command.js')).defineMerge,
  },
  grid: {
    description: 'follow, retry and collect runs on many machines',
    load: async () => (await import('./grid-command.js')).defineGrid,
  },
  worker: {
    description: 'take blocks of a grid from a queue on Redis',
    load: async () => (await import('./grid-command.js')).defineWorker,
  },
  tune: {
    description: 'tune hyperparameters, then compare the winners with the defaults',
    load: async () => (await import('./tune-command.js')).defineTune,
  },
  steps: {
    description: 'time gradients, Gauss-Newton products, inner iterations and steps',
    load: async () => (await import('./steps-command.js')).defineSteps,
  },
  data: {
    description: 'list, fetch and verify dataset files',
    load: async () => (await import('./data-command.js')).defineData,
  },
  engine: {
    description: 'list, check and install engines',
    load: async () => (await import('./engine-command.js')).defineEngine,
  },
  snapshot: {
    description: 'measure this revision for later comparison',
    load: async () => (await import('./snapshot-command.js')).defineSnapshot,
  },
  compare: {
    description: 'compare two checkouts, snapshots or reports',
    load: async () => (await import('./compare-command.js')).defineCompare,
  },
  history: {
    description: 'track nightly snapshots and find when they changed',
    load: async () => (await import('./history-command.js')).defineHistory,
  },
};
