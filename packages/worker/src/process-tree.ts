// A process and everything that it started, as the kernel knows them: their memory, and how to end them all.

import { readdirSync, readFileSync } from 'node:fs';
import { MARK } from './protocol.js';

/** One process; two that had the same id at different times differ in their start. */
interface Known {
  readonly pid: number;
  readonly started: string;
}

/**
 * The processes below a worker. What a process starts and leaves behind (`detached`, with its own session) is no longer below
 * it once the one in between has ended: whatever has been seen is remembered, and what carries the worker's mark in its
 * environment is found wherever it is.
 */
export class ProcessTree {
  readonly #seen = new Map<string, Known>();

  constructor(
    private readonly root: number,
    private readonly mark: string,
  ) {}

  /** Resident bytes of all; pages that they share count for each. `null` where there is no /proc, or no process any more. */
  residentBytes(): number | null {
    return residentBytes(this.root, (pid) => this.#remember(pid));
  }

  #remember(pid: number): void {
    if (pid === this.root) return;
    const started = startOf(pid);
    if (started !== null) this.#seen.set(`${pid} ${started}`, { pid, started });
  }

  /** Ends all of them, whatever they are in. */
  kill(): void {
    // What is below it now is known before it loses its parent.
    this.residentBytes();
    killQuietly(-this.root);
    killQuietly(this.root);
    // One that is ended may have started another meanwhile.
    for (let pass = 0; pass < 5; pass++) {
      const left = this.#left();
      if (left.length === 0) return;
      for (const pid of left) killQuietly(pid);
    }
  }

  #left(): number[] {
    const seen = [...this.#seen.values()].filter(({ pid, started }) => startOf(pid) === started);
    const known = new Set(seen.map(({ pid }) => pid));
    const marked = processes().filter(
      (pid) => pid !== this.root && !known.has(pid) && carries(pid, this.mark),
    );
    return [...known, ...marked].filter(isAlive);
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It was gone already.
  }
}

/** Resident bytes of a process and its descendants. `null` where there is no /proc, or no such process any more. */
export function residentBytes(pid: number, visit: (pid: number) => void = () => {}): number | null {
  const own = read(`/proc/${pid}/status`);
  const kib = own === null ? null : /^VmRSS:\s+(\d+) kB$/m.exec(own);
  if (kib === null) return null;
  visit(pid);
  return childrenOf(pid).reduce(
    (sum, child) => sum + (residentBytes(child, visit) ?? 0),
    1024 * Number(kib[1]),
  );
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

/** Clock ticks at which a process started: field 22 of its stat; the name before it may hold anything. */
function startOf(pid: number): string | null {
  const stat = read(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

/** Not a zombie: that has ended, and waits for its parent to notice. */
function isAlive(pid: number): boolean {
  const stat = read(`/proc/${pid}/stat`);
  return stat !== null && stat[stat.lastIndexOf(')') + 2] !== 'Z';
}

function processes(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/** Whether a process was started with this mark in its environment; those of others cannot be read. */
function carries(pid: number, mark: string): boolean {
  return read(`/proc/${pid}/environ`)?.split('\0').includes(`${MARK}=${mark}`) ?? false;
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
