// Profiles: the time of native operators, attributed to the program's equations.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { InferenceSession } from './binding.js';
import type { LoweringOptions, Origin } from './lower/program.js';
import { type Session, SessionPool } from './session.js';

/** The operators of an equation. */
export interface ProfiledEquation {
  /** `matmul(float32[2,3], float32[3,4]) -> float32[2,4]`; for operators added by the native optimizer, their name. */
  readonly text: string;
  /** The program: `''` is the outermost, `while_3/body/` the body of the loop in its equation 3. */
  readonly path: string;
  /** Kernel calls in one run of the program, counting loop iterations. */
  readonly calls: number;
  /** Seconds per run: the fastest call of each kernel, times its calls. Wall-clock, including 1 to 2 microseconds of profiling per call. */
  readonly seconds: number;
  /** Seconds by ONNX operator. */
  readonly operators: Readonly<Record<string, number>>;
}

/** A native operator of a program. */
export interface ProfiledKernel {
  /** Its ONNX operator; `MemcpyToHost` and `MemcpyFromHost` are copies inserted by ONNX Runtime. */
  readonly operator: string;
  /** Where it runs: `WebGpuExecutionProvider`. */
  readonly provider: string;
  /** The equation it comes from, as in {@link ProfiledEquation}; the node's name if there is none. */
  readonly text: string;
  readonly path: string;
  /** In the whole profile. */
  readonly calls: number;
  /** Size of its results in one call. */
  readonly outputBytes: number;
}

interface NodeEvent {
  readonly cat: string;
  readonly name: string;
  /** Microseconds. */
  readonly dur: number;
  readonly args: { readonly op_name: string; readonly provider: string; readonly output_size: string };
}

interface SessionProfile {
  readonly origins: ReadonlyMap<string, Origin>;
  readonly events: readonly NodeEvent[];
}

const KERNEL = '_kernel_time';
/** Kernels that contain those of their bodies. */
const NESTING: ReadonlySet<string> = new Set(['Loop', 'If']);
/** Operators that the engine adds to every model: see Session.run and DeviceCaller. */
const ADDED: ReadonlySet<string> = new Set(['SequenceEmpty']);
const ADDED_NODE = /^fence(#|$)/;

/** A pool whose sessions run under ONNX Runtime's profiler, and its results. */
export class Profiler {
  readonly pool: SessionPool;
  private profiles: readonly SessionProfile[] | undefined;

  private constructor(
    private readonly directory: string,
    options: InferenceSession.SessionOptions,
    lowering: LoweringOptions,
  ) {
    const fileOf = (i: number) => path.join(directory, `session-${i}-`);
    this.pool = new SessionPool(
      (i) => ({ ...options, enableProfiling: true, profileFilePrefix: fileOf(i) }),
      lowering,
    );
  }

  static async start(options: InferenceSession.SessionOptions, lowering: LoweringOptions): Promise<Profiler> {
    return new Profiler(await mkdtemp(path.join(tmpdir(), 'gaussmark-profile-')), options, lowering);
  }

  /** @returns equations, the most expensive first, averaged over `runs` */
  async equations(runs: number): Promise<readonly ProfiledEquation[]> {
    return byEquation(await this.read(), runs);
  }

  async kernels(): Promise<readonly ProfiledKernel[]> {
    return (await this.read()).flatMap(({ events, origins }) => kernelsOf(events, origins));
  }

  /** Ends the profiles; the sessions do not profile further runs. */
  private async read(): Promise<readonly SessionProfile[]> {
    if (this.profiles !== undefined) return this.profiles;
    const sessions = await this.pool.sessions();
    for (const session of sessions) session.endProfiling();
    const files = await readdir(this.directory);
    const read = async (session: Session, i: number): Promise<SessionProfile> => {
      const file = files.find((name) => name.startsWith(`session-${i}-`))!;
      return {
        origins: session.origins,
        events: JSON.parse(await readFile(path.join(this.directory, file), 'utf8')) as NodeEvent[],
      };
    };
    this.profiles = await Promise.all(sessions.map(read));
    return this.profiles;
  }

  async dispose(): Promise<void> {
    await this.pool.dispose();
    await rm(this.directory, { recursive: true, force: true });
  }
}

interface Kernel {
  readonly operator: string;
  readonly provider: string;
  readonly outputBytes: number;
  calls: number;
  /** Seconds. */
  fastest: number;
}

function kernelsByNode(events: readonly NodeEvent[]): Map<string, Kernel> {
  const nodes = new Map<string, Kernel>();
  for (const { cat, name, dur, args } of events) {
    if (cat !== 'Node' || !name.endsWith(KERNEL)) continue;
    const key = name.slice(0, -KERNEL.length);
    const { op_name: operator, provider } = args;
    if (ADDED.has(operator) || ADDED_NODE.test(key)) continue;
    const node = nodes.get(key) ?? {
      operator,
      provider,
      outputBytes: Number(args.output_size),
      calls: 0,
      fastest: Number.POSITIVE_INFINITY,
    };
    node.calls++;
    node.fastest = Math.min(node.fastest, dur / 1e6);
    nodes.set(key, node);
  }
  return nodes;
}

/** Additional nodes of an equation are numbered: `isFinite_4#1`. */
function originOf(node: string, origins: ReadonlyMap<string, Origin>): Origin | undefined {
  return origins.get(node.split('#')[0]!);
}

const placeOf = (node: string) => node.slice(0, node.lastIndexOf('/') + 1);

function kernelsOf(
  events: readonly NodeEvent[],
  origins: ReadonlyMap<string, Origin>,
): readonly ProfiledKernel[] {
  return [...kernelsByNode(events)].map(([name, { fastest: _, ...kernel }]) => {
    const origin = originOf(name, origins);
    return { ...kernel, text: origin?.text ?? name, path: origin?.path ?? placeOf(name) };
  });
}

function byEquation(profiles: readonly SessionProfile[], runs: number): readonly ProfiledEquation[] {
  const equations = new Map<string, { -readonly [K in keyof ProfiledEquation]: ProfiledEquation[K] }>();
  for (const [session, { events, origins }] of profiles.entries()) {
    for (const [name, { operator, calls, fastest }] of kernelsByNode(events)) {
      if (NESTING.has(operator)) continue;
      const origin = originOf(name, origins);
      const place = origin?.path ?? placeOf(name);
      const text = origin?.text ?? operator;
      const key = `${session} ${place}${origin?.index ?? ''} ${text}`;
      const row = equations.get(key) ?? { text, path: place, calls: 0, seconds: 0, operators: {} };
      const seconds = (fastest * calls) / runs;
      row.calls += calls / runs;
      row.seconds += seconds;
      row.operators = { ...row.operators, [operator]: (row.operators[operator] ?? 0) + seconds };
      equations.set(key, row);
    }
  }
  return [...equations.values()].sort((a, b) => b.seconds - a.seconds);
}
