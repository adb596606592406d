// Settings: an engine's hyperparameters, and the options that sessions are created with.

import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { completeHyperparameters, type ManifestOf } from '@gaussmark/core';
import type { InferenceSession } from './binding.js';
import type { Provider, ProviderName } from './providers/provider.js';

/** Described, with their defaults, in manifest.json. */
export interface OnnxRuntimeHyperparameters {
  readonly provider: ProviderName | 'auto';
  readonly device: number;
  readonly threads: number;
  readonly allowSpinning: boolean;
  readonly logLevel: LogLevel;
}

export type LogLevel = 'verbose' | 'info' | 'warning' | 'error' | 'fatal';

/** Not validated here, which takes longer than all else that starting takes: discovery does it, and a test. */
const manifest = createRequire(import.meta.url)('../manifest.json') as ManifestOf<'engine'>;

/**
 * All hyperparameters; `threads` is resolved to a number of threads. Some are checked and completed with the manifest's
 * defaults; a complete set, as a run is given it, was checked when it was completed.
 *
 * @throws GaussmarkError if one is unknown or out of range.
 */
export function resolveHyperparameters(
  values: Partial<OnnxRuntimeHyperparameters>,
): OnnxRuntimeHyperparameters {
  const names = Object.keys(manifest.hyperparameters.properties);
  const isComplete = names.every((name) => name in values) && Object.keys(values).length === names.length;
  const settings = isComplete
    ? (values as OnnxRuntimeHyperparameters)
    : completeHyperparameters<OnnxRuntimeHyperparameters>(manifest, { ...values });
  return { ...settings, threads: settings.threads > 0 ? settings.threads : chooseThreads() };
}

function chooseThreads(): number {
  return Math.min(availableParallelism(), 4);
}

const SEVERITY = { verbose: 0, info: 1, warning: 2, error: 3, fatal: 4 } as const satisfies Record<
  LogLevel,
  number
>;

/** Would undo what the lowering of matrix products does on purpose: see lower/matmul.ts. */
const SLOWER_FUSIONS = ['GemmTransposeFusion'];

/**
 * Graph rewrites of ONNX Runtime that change the order of floating-point operations. They would act or not depending on
 * whether a loop's neighbours are in the same graph, so that hosted and fused loops differed in the last bits; and
 * measured on whole gradients they gain nothing.
 */
const REORDERING_FUSIONS = [
  'MatMulAddFusion',
  'GemmSumFusion',
  'MatMulScaleFusion',
  'DivMulFusion',
  'ConvMulFusion',
];

export function sessionOptions(
  settings: OnnxRuntimeHyperparameters,
  provider: Provider,
): InferenceSession.SessionOptions {
  const { device, threads, allowSpinning, logLevel } = settings;
  return {
    ...provider.options(device),
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: SEVERITY[logLevel],
    extra: {
      optimization: { disable_specified_optimizers: [...REORDERING_FUSIONS, ...SLOWER_FUSIONS].join(';') },
      session: {
        intra_op: { allow_spinning: allowSpinning ? '1' : '0' },
        // Threads that went on spinning after a run would take the cores from the next session's run.
        force_spinning_stop: '1',
        use_deterministic_compute: '1',
      },
    },
  };
}
