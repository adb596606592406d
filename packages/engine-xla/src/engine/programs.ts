// Compiled programs of one engine: equal programs are compiled once, and freed with their last lease.

import { createHash } from 'node:crypto';
import type { Program } from '@gaussmark/autodiff';
import type { ExecutableCache } from '../cache/executable-cache.js';
import { type LoweringOptions, lower } from '../lowering/lower.js';
import type { Flags, LoadedExecutable } from '../pjrt/index.js';
import type { DeviceBuffer } from './buffer.js';
import type { Device } from './device.js';
import { explain } from './errors.js';

export interface Compiled {
  readonly executable: LoadedExecutable;
  /** Constants too large for the text: inputs after the program's own. */
  readonly constants: readonly DeviceBuffer[];
}

interface Entry {
  readonly compiled: Promise<Compiled>;
  references: number;
  isFreed: boolean;
}

/** A lease of a compiled program. */
export class Lease {
  private held = true;

  constructor(
    readonly compiled: Compiled,
    private readonly entry: Readonly<Pick<Entry, 'isFreed'>>,
    private readonly letGo: () => Promise<void>,
  ) {}

  /** @throws Error if the lease was released or its engine disposed */
  demandOpen(): void {
    if (this.held && !this.entry.isFreed) return;
    throw new Error('the executable or its engine has been disposed; compile the program again');
  }

  /** Idempotent. */
  async release(): Promise<void> {
    if (!this.held) return;
    this.held = false;
    await this.letGo();
  }
}

export class Programs {
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly device: Device,
    private readonly lowering: LoweringOptions,
    private readonly flags: Flags,
    private readonly cache: ExecutableCache,
  ) {}

  /** Number of compiled programs in use. */
  get size(): number {
    return this.entries.size;
  }

  /**
   * @param donated inputs whose memory a run may take, as in {@link LoweringOptions}
   * @throws GaussmarkError if XLA rejects the program
   */
  async acquire(program: Program, donated: ReadonlyMap<number, number> = new Map()): Promise<Lease> {
    const { text, constants } = lower(program, { ...this.lowering, donated });
    const hash = createHash('sha256').update(text);
    for (const { data } of constants)
      hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    const key = hash.digest('hex');
    let entry = this.entries.get(key);
    if (entry === undefined) {
      const compiled = this.compile(text).then((executable) => ({
        executable,
        constants: constants.map((value) => this.device.adopt(value)),
      }));
      entry = { compiled, references: 0, isFreed: false };
      this.entries.set(key, entry);
    }
    entry.references++;
    const held = entry;
    try {
      return new Lease(await held.compiled, held, () => this.release(key, held));
    } catch (error) {
      // Forget a program that fails to compile.
      if (this.entries.get(key) === held) this.entries.delete(key);
      throw error;
    }
  }

  private async compile(text: string): Promise<LoadedExecutable> {
    const { client } = this.device;
    try {
      return await this.cache.load(client, text, this.flags);
    } catch (error) {
      throw explain('XLA failed to compile a program', error);
    }
  }

  private async release(key: string, entry: Entry): Promise<void> {
    if (--entry.references > 0) return;
    if (this.entries.get(key) === entry) this.entries.delete(key);
    free(entry, await entry.compiled);
  }

  /** Frees everything, also what is leased. */
  async dispose(): Promise<void> {
    const entries = [...this.entries.values()];
    this.entries.clear();
    for (const entry of entries) {
      // A program still compiling is freed afterwards; one that failed has nothing to free.
      await entry.compiled.then(
        (compiled) => free(entry, compiled),
        () => undefined,
      );
    }
  }
}

function free(entry: Entry, { executable, constants }: Compiled): void {
  if (entry.isFreed) return;
  entry.isFreed = true;
  executable.destroy();
  for (const buffer of constants) buffer.dispose();
}
