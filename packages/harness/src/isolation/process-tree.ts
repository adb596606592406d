// The memory of a process and of everything that it started, as the kernel counts it.

import { readdirSync, readFileSync } from 'node:fs';

/**
 * Resident bytes of a process and its descendants; pages that they share count for each. `null` where there is no /proc, or
 * no such process any more.
 */
export function residentBytes(pid: number): number | null {
  const own = read(`/proc/${pid}/status`);
  const kib = own === null ? null : /^VmRSS:\s+(\d+) kB$/m.exec(own);
  if (kib === null) return null;
  return childrenOf(pid).reduce((sum, child) => sum + (residentBytes(child) ?? 0), 1024 * Number(kib[1]));
}

/** Every thread has its own children. */
function childrenOf(pid: number): number[] {
  let threads: string[];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
  return threads
    .flatMap((thread) => read(`/proc/${pid}/task/${thread}/children`)?.split(' ') ?? [])
    .filter((text) => text.trim() !== '')
    .map(Number);
}

/** How many processes the kernel has ended for want of memory since it started; `null` where it does not say. */
export function outOfMemoryKills(): number | null {
  const found = /^oom_kill (\d+)$/m.exec(read('/proc/vmstat') ?? '');
  return found === null ? null : Number(found[1]);
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
