// A process and its descendants, as /proc shows them: their memory, and how to kill them all.

import { readdirSync, readFileSync } from 'node:fs';
import { MARK } from './child-environment.js';

/** A process. Ids are reused; the start time tells two processes apart. */
export interface KnownProcess {
  readonly pid: number;
  /** In clock ticks since boot; empty without /proc. */
  readonly started: string;
}

/** A process by its id, as it is now. */
export const knownProcess = (pid: number): KnownProcess => ({ pid, started: startOf(pid) ?? '' });

/** Whether a process still runs. Without /proc, another with its id counts as it. */
export function isRunning({ pid, started }: KnownProcess): boolean {
  if (started !== '') return startOf(pid) === started && isAlive(pid);
  try {
    process.kill(pid, 0);
    return startOf(pid) === null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * A worker and its descendants. A detached process leaves the tree once its parent has ended, so every process seen is
 * remembered, and the worker's mark in the environment finds the others.
 */
export class ProcessTree {
  readonly #seen = new Map<string, KnownProcess>();

  constructor(
    private readonly root: number,
    private readonly mark: string,
  ) {}

  /** Resident bytes of all; shared pages count for each. `null` without /proc, or once the process has ended. */
  residentBytes(): number | null {
    return residentBytes(this.root, (pid) => this.#remember(pid));
  }

  #remember(pid: number): void {
    if (pid === this.root) return;
    const started = startOf(pid);
    if (started !== null) this.#seen.set(`${pid} ${started}`, { pid, started });
  }

  kill(): void {
    // Remember the descendants before they lose their parent.
    this.residentBytes();
    killQuietly(-this.root);
    killQuietly(this.root);
    // A dying process may have started another.
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
    // Already gone.
  }
}

/** Resident bytes of a process and its descendants. `null` without /proc, or once the process has ended. */
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

/** Each thread lists its own children. */
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

/** Start time in clock ticks: field 22 of stat, counted from the name's closing bracket, as the name may hold anything. */
function startOf(pid: number): string | null {
  const stat = read(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

/** Whether a process exists and is not a zombie. */
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

/** Whether a process was started with this mark in its environment. Other users' environments are unreadable. */
function carries(pid: number, mark: string): boolean {
  return read(`/proc/${pid}/environ`)?.split('\0').includes(`${MARK}=${mark}`) ?? false;
}

/** How many processes the kernel's out-of-memory killer has ended since boot; `null` if unknown. */
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
