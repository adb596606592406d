// Settings: an engine's hyperparameters, resolved to what sessions are created with.

import { availableParallelism } from 'node:os';
import type { InferenceSession } from 'onnxruntime-node';

/** As in manifest.json, which also holds the defaults. */
export interface OnnxRuntimeHyperparameters {
  readonly provider: 'cpu';
  /** Threads inside an operator; 0 chooses. */
  readonly threads: number;
  /** Whether idle threads spin, for microseconds saved at each operator, or sleep. */
  readonly allowSpinning: boolean;
  /** What the native library writes to stderr. */
  readonly logLevel: LogLevel;
}

export type LogLevel = 'verbose' | 'info' | 'warning' | 'error' | 'fatal';

export const DEFAULTS: OnnxRuntimeHyperparameters = {
  provider: 'cpu',
  threads: 0,
  allowSpinning: true,
  logLevel: 'fatal',
};

const SEVERITY = { verbose: 0, info: 1, warning: 2, error: 3, fatal: 4 } as const satisfies Record<LogLevel, number>;

export function resolveThreads(threads: number): number {
  return threads > 0 ? threads : Math.min(availableParallelism(), 4);
}

export function sessionOptions(settings: OnnxRuntimeHyperparameters): InferenceSession.SessionOptions {
  const { provider, threads, allowSpinning, logLevel } = settings;
  return {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: SEVERITY[logLevel],
    extra: {
      session: {
        intra_op: { allow_spinning: allowSpinning ? '1' : '0' },
        use_deterministic_compute: '1',
      },
    },
  };
}
