// Settings: the engine's hyperparameters, and options for sessions.

import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { completeHyperparameters, type ManifestOf } from '@gaussmark/core';
import type { InferenceSession } from './binding.js';
import type { Provider, ProviderName } from './providers/provider.js';

/** Described in manifest.json, with defaults. */
export interface OnnxRuntimeHyperparameters {
  readonly provider: ProviderName | 'auto';
  readonly device: number;
  readonly threads: number;
  readonly allowSpinning: boolean;
  readonly logLevel: LogLevel;
}

export type LogLevel = 'verbose' | 'info' | 'warning' | 'error' | 'fatal';

/** Not validated here, which would take longer than the rest of the start; discovery validates it, and a test. */
const manifest = createRequire(import.meta.url)('../manifest.json') as ManifestOf<'engine'>;

/**
 * All hyperparameters, with `threads` resolved to a number. An incomplete set is validated and completed with the manifest's
 * defaults; the complete set of a run was validated before.
 *
 * @throws GaussmarkError if a name is unknown or a value out of range.
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

/** This optimization would undo the lowering of matrix products: see lower/matmul.ts. */
const SLOWER_FUSIONS = ['GemmTransposeFusion'];

/**
 * ONNX Runtime's graph rewrites that change the order of floating-point operations. Whether they apply would depend on
 * whether a loop's neighbours are in the same graph, so hosted and fused loops would differ in the last bits. Measured on whole
 * gradients, they gain nothing.
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
        // Threads that keep spinning after a run would take cores from the next session.
        force_spinning_stop: '1',
        use_deterministic_compute: '1',
      },
    },
  };
}
