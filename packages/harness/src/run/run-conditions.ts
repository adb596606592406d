// The conditions of a run: who else used the machine meanwhile, and whether its timings can be trusted.

import { readFileSync } from 'node:fs';
import os from 'node:os';
import { defined } from '@gaussmark/core';
import type { CellResult } from '../cell/cell.js';

export interface Conditions {
  /** Load average of the last minute when the run began. */
  readonly loadAverage: number;
  /** Logical processors that others kept busy on average meanwhile; `null` if the run did not tell its own share. */
  readonly othersBusy: number | null;
  /** Clock of the processors when the run began and when it ended, mean over them, in MHz; `null` where it cannot be read. */
  readonly megahertz: readonly [before: number | null, after: number | null];
  /** Runs at once. */
  readonly jobs: number;
  /** Threads of the engine; `null` if it did not start. */
  readonly threads: number | null;
  /** Why its timings should not be trusted; absent if nothing speaks against them. */
  readonly distrust?: string;
}

/** Below this, what others use cannot be told from the inaccuracy of the counters. */
const SHORTEST_SECONDS = 0.5;
/** Processors that are busy with the system's own work on an idle machine. */
const TOLERANCE = 0.25;

/**
 * Observes the machine from now on until {@link end}. What others use is what all processors did, less this process and
 * the run: load averages lag by a minute, and count the runs themselves.
 */
export class ConditionsWatch {
  readonly #start = performance.now();
  readonly #busy = busySeconds();
  readonly #own = process.cpuUsage();
  readonly #loadAverage = os.loadavg()[0]!;
  readonly #megahertz = meanMegahertz();

  constructor(private readonly jobs: number) {}

  end({ cpuSeconds, engineInfo }: Pick<CellResult, 'cpuSeconds' | 'engineInfo'>): Conditions {
    const seconds = (performance.now() - this.#start) / 1000;
    const own = process.cpuUsage(this.#own);
    const mine = (own.user + own.system) / 1e6 + (cpuSeconds ?? 0);
    // What other cells of this program use is said by `jobs`.
    const known = cpuSeconds !== undefined && this.jobs === 1 && seconds >= SHORTEST_SECONDS;
    const othersBusy = known ? Math.max(0, busySeconds() - this.#busy - mine) / seconds : null;
    const said = engineInfo.threads;
    const threads = typeof said === 'number' && Number.isInteger(said) && said >= 1 ? said : null;
    const distrust = reasonToDistrust(this.jobs, othersBusy, threads);
    return {
      loadAverage: this.#loadAverage,
      othersBusy,
      megahertz: [this.#megahertz, meanMegahertz()],
      jobs: this.jobs,
      threads,
      ...defined({ distrust }),
    };
  }
}

/** Why seconds that were measured so should not be compared; `undefined` if nothing speaks against it. */
export function reasonToDistrust(
  jobs: number,
  othersBusy: number | null,
  threads: number | null,
  cores = os.availableParallelism(),
): string | undefined {
  if (jobs > 1) return `${jobs} runs at once`;
  if (othersBusy === null || othersBusy <= cores - (threads ?? 1) + TOLERANCE) return undefined;
  return (
    `others kept ${othersBusy.toFixed(1)} of ${cores} processors busy, ` +
    `and the run wanted ${threads ?? 1} for itself`
  );
}

/** Seconds that all processors together have been busy. */
function busySeconds(): number {
  return os
    .cpus()
    .reduce((sum, { times }) => sum + (times.user + times.nice + times.sys + times.irq) / 1000, 0);
}

/** Mean clock of the processors by the kernel's frequency scaling, in MHz; `null` where there is none to read. */
function meanMegahertz(): number | null {
  const clocks = os.cpus().flatMap((_, i) => {
    const text = readText(`/sys/devices/system/cpu/cpu${i}/cpufreq/scaling_cur_freq`);
    return text === null || !Number.isFinite(Number(text)) ? [] : [Number(text) / 1000];
  });
  return clocks.length === 0 ? null : clocks.reduce((sum, clock) => sum + clock, 0) / clocks.length;
}

/** The policy of frequency scaling (`performance`, `powersave`); `null` where there is none to read. */
export function frequencyGovernor(): string | null {
  return readText('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor');
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return null;
  }
}
