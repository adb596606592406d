// How many processors a worker may really use: the least of what the machine, the control group and Slurm say.

import { readFileSync } from 'node:fs';
import os from 'node:os';

interface Sources {
  readonly affinity: number;
  /** Contents of the control groups' `cpu.max`, from the worker's own to the root. */
  readonly quotas: readonly string[];
  /** SLURM_CPUS_PER_TASK. */
  readonly slurm: string | undefined;
}

/** Whole processors, at least 1. */
export function availableProcessors(sources: Sources = sourcesHere()): number {
  const quotas = sources.quotas.flatMap((text) => {
    const [quota, period] = text.trim().split(' ').map(Number);
    return quota! > 0 && period! > 0 ? [quota! / period!] : [];
  });
  const slurm = Number(sources.slurm);
  const limits = [sources.affinity, ...quotas, ...(slurm >= 1 ? [slurm] : [])];
  return Math.max(1, Math.floor(Math.min(...limits)));
}

/** Why timings with so many threads cannot be trusted here; undefined if the processors suffice. */
export function tooFewProcessors(threads: number, available = availableProcessors()): string | undefined {
  if (threads <= available) return undefined;
  return `the worker had ${available} of the ${threads} processors that its threads need`;
}

function sourcesHere(): Sources {
  return {
    affinity: os.availableParallelism(),
    quotas: quotasHere(),
    slurm: process.env.SLURM_CPUS_PER_TASK,
  };
}

/** Control groups of version 2: the quota of any ancestor binds. */
function quotasHere(): string[] {
  const own = /^0::(.*)$/m.exec(read('/proc/self/cgroup') ?? '')?.[1];
  if (own === undefined) return [];
  const names = own.split('/').filter(Boolean);
  return Array.from({ length: names.length + 1 }, (_, depth) => {
    const group = ['/sys/fs/cgroup', ...names.slice(0, names.length - depth)].join('/');
    return read(`${group}/cpu.max`);
  }).filter((text) => text !== null);
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
