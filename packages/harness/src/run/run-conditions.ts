// The conditions of a run: the load on the machine, and whether its timings can be trusted.

import { readFileSync } from 'node:fs';
import os from 'node:os';
import type { CellResult } from '@gaussmark/cell';
import { defined } from '@gaussmark/core';

export interface Conditions {
  /** Load average over the last minute when the run started. */
  readonly loadAverage: number;
  /** Logical processors that other programs kept busy on average; `null` if the run did not report its own share. */
  readonly othersBusy: number | null;
  /** Mean clock rate of the processors at the start and at the end, in MHz; `null` if unreadable. */
  readonly megahertz: readonly [before: number | null, after: number | null];
  /** Concurrent runs. */
  readonly jobs: number;
  /** Threads of the engine; `null` if it did not start. */
  readonly threads: number | null;
  /** Why its timings should not be trusted; absent if they may be. */
  readonly distrust?: string;
}

/** Below this, the counters are too inaccurate to show the load of others. */
const SHORTEST_SECONDS = 0.5;
/** Processors that an idle system keeps busy itself. */
const TOLERANCE = 0.25;

/**
 * Observes the machine until {@link end}. The load of others is that of all processors minus this process and the run; load
 * averages lag by a minute and include the runs themselves.
 */
export class ConditionsWatch {
  readonly #start = performance.now();
  readonly #busy = busySeconds();
  readonly #own = process.cpuUsage();
  readonly #loadAverage = os.loadavg()[0]!;
  readonly #megahertz = meanMegahertz();

  /** @param distrust why no timing here can be trusted, if the caller knows */
  constructor(
    private readonly jobs: number,
    private readonly distrust?: string,
  ) {}

  end({ cpuSeconds, engineInfo }: Pick<CellResult, 'cpuSeconds' | 'engineInfo'>): Conditions {
    const seconds = (performance.now() - this.#start) / 1000;
    const own = process.cpuUsage(this.#own);
    const mine = (own.user + own.system) / 1e6 + (cpuSeconds ?? 0);
    // `jobs` accounts for other cells of this program.
    const known = cpuSeconds !== undefined && this.jobs === 1 && seconds >= SHORTEST_SECONDS;
    const othersBusy = known ? Math.max(0, busySeconds() - this.#busy - mine) / seconds : null;
    const said = engineInfo.threads;
    const threads = typeof said === 'number' && Number.isInteger(said) && said >= 1 ? said : null;
    const distrust = this.distrust ?? reasonToDistrust(this.jobs, othersBusy, threads);
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

/** Why such timings should not be compared; `undefined` if they may be. */
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
    `and the run needed ${threads ?? 1}`
  );
}

/** Busy seconds of all processors together. */
function busySeconds(): number {
  return os
    .cpus()
    .reduce((sum, { times }) => sum + (times.user + times.nice + times.sys + times.irq) / 1000, 0);
}

/** Mean clock rate of the processors from the kernel's frequency scaling, in MHz; `null` if unreadable. */
function meanMegahertz(): number | null {
  const clocks = os.cpus().flatMap((_, i) => {
    const text = readText(`/sys/devices/system/cpu/cpu${i}/cpufreq/scaling_cur_freq`);
    return text === null || !Number.isFinite(Number(text)) ? [] : [Number(text) / 1000];
  });
  return clocks.length === 0 ? null : clocks.reduce((sum, clock) => sum + clock, 0) / clocks.length;
}

/** The policy of frequency scaling (`performance`, `powersave`); `null` if unreadable. */
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
