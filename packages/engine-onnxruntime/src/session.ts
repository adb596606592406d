// Native sessions: one per compiled model, shared by everything that compiles to the same model.

import { createHash } from 'node:crypto';
import type { Program } from '@gaussmark/autodiff';
import { env, InferenceSession, type Tensor } from './binding.js';
import { explain } from './errors.js';
import { type LoweringOptions, lowerProgram, type Model, type Origin } from './lower/program.js';

/** The first output of every model; see {@link Session.run}. */
const SEQUENCE_OUTPUT = 'not_a_tensor';

/** What the binding throws when it reaches that output. */
const NOT_A_TENSOR = /^Non tensor type is temporarily not supported/;

export type Feeds = Readonly<Record<string, Tensor>>;
export type Fetches = Readonly<Record<string, Tensor | null>>;

export const VERSION = env.versions.node ?? 'unknown';

export class Session {
  private isReleased = false;

  private constructor(
    private readonly native: InferenceSession,
    /** Without its bytes, which may contain large constants. */
    private readonly model: Omit<Model, 'bytes'>,
  ) {}

  static async create(model: Model, options: InferenceSession.SessionOptions): Promise<Session> {
    const { bytes, ...rest } = model;
    try {
      return new Session(await InferenceSession.create(bytes, options), rest);
    } catch (error) {
      throw explain('compile', error, model.origins, VERSION);
    }
  }

  /** Equations by the names of their nodes. */
  get origins(): ReadonlyMap<string, Origin> {
    return this.model.origins;
  }

  /** Feeds for inputs, in the program's order. */
  feeds(inputs: readonly Tensor[]): Feeds {
    return Object.fromEntries(inputs.map((tensor, i) => [this.model.inputNames[i]!, tensor]));
  }

  /** Fetches for outputs, in the program's order. */
  fetches(outputs: readonly Tensor[]): Fetches {
    const entries = outputs.map((tensor, i) => [this.model.outputNames[i]!, tensor] as const);
    return Object.fromEntries<Tensor | null>([[SEQUENCE_OUTPUT, null], ...entries]);
  }

  /**
   * Runs the model; the tensors in `fetches` contain the results when the promise resolves.
   *
   * ONNX Runtime writes into those tensors in place, but its JavaScript binding (1.30) then copies every output again into fresh
   * memory for the object it returns: 1.2 ms for 2.7 MB and 33 ms for 57 MB, mostly page faults. We do not need that copy. The
   * binding stops at the first output that is not a tensor, which it cannot represent. So every model has such an output
   * before all others, and that one error means success. A binding without the limitation returns normally, which is also
   * success.
   */
  async run(feeds: Feeds, fetches: Fetches): Promise<void> {
    try {
      await this.native.run(feeds, fetches);
    } catch (error) {
      if (error instanceof Error && NOT_A_TENSOR.test(error.message)) return;
      throw explain('run', error, this.model.origins, VERSION);
    }
  }

  /** Writes the profile, if the session options asked for one. */
  endProfiling(): void {
    this.native.endProfiling();
  }

  /** Frees the native memory; idempotent. */
  async release(): Promise<void> {
    if (this.released) return;
    this.isReleased = true;
    await this.native.release();
  }

  get released(): boolean {
    return this.isReleased;
  }
}

interface Entry {
  readonly session: Promise<Session>;
  references: number;
}

/** A lease of a session, which is released with its last lease. */
export class Lease {
  private held = true;

  constructor(
    readonly session: Session,
    private readonly letGo: () => Promise<void>,
  ) {}

  get open(): boolean {
    return this.held && !this.session.released;
  }

  /** Releases the lease; idempotent. */
  async release(): Promise<void> {
    if (!this.held) return;
    this.held = false;
    await this.letGo();
  }
}

/** @throws Error if the lease was released or its engine disposed. */
export function demandOpen(lease: Lease): void {
  if (!lease.open)
    throw new Error('the executable or its engine has been disposed; compile the program again');
}

/** Sessions by the content of their models: equal models are compiled once. */
export class SessionPool {
  /** @param options for all sessions, or a function of the number of sessions created before */
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly options:
      | InferenceSession.SessionOptions
      | ((session: number) => InferenceSession.SessionOptions),
    private readonly lowering: LoweringOptions = {},
    /** Called with each new session before it is leased. */
    private readonly onCreated: (session: Session, program: Program) => Promise<void> = async () => undefined,
  ) {}

  /** Number of compiled models in use. */
  get size(): number {
    return this.entries.size;
  }

  /** Compiled models in use, in the order requested. */
  sessions(): Promise<readonly Session[]> {
    return Promise.all([...this.entries.values()].map(({ session }) => session));
  }

  async acquire(program: Program): Promise<Lease> {
    const model = lowerProgram(program, { ...this.lowering, sequenceOutput: SEQUENCE_OUTPUT });
    const key = createHash('sha256').update(model.bytes).digest('base64');
    let entry = this.entries.get(key);
    if (entry === undefined) {
      const { options } = this;
      const own = typeof options === 'function' ? options(this.entries.size) : options;
      const created = Session.create(model, own).then(async (session) => {
        await this.onCreated(session, program);
        return session;
      });
      entry = { session: created, references: 0 };
      this.entries.set(key, entry);
    }
    entry.references++;
    const held = entry;
    try {
      return new Lease(await held.session, () => this.release(key, held));
    } catch (error) {
      // Forget a model that fails to compile.
      if (this.entries.get(key) === held) this.entries.delete(key);
      throw error;
    }
  }

  private async release(key: string, entry: Entry): Promise<void> {
    if (--entry.references > 0) return;
    if (this.entries.get(key) === entry) this.entries.delete(key);
    await (await entry.session).release();
  }

  /** Releases everything, including leased sessions. */
  async dispose(): Promise<void> {
    const entries = [...this.entries.values()];
    this.entries.clear();
    for (const entry of entries) {
      // A session still compiling is released afterwards; a failed one has nothing to release.
      await entry.session.then(
        (session) => session.release(),
        () => undefined,
      );
    }
  }
}
