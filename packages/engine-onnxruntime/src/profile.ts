// Profiles: what native operators take, told by the equations of the program that they come from.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Program } from '@gaussmark/autodiff';
import { InferenceSession } from 'onnxruntime-node';
import type { HostBuffer } from './buffer.js';
import { explain } from './errors.js';
import { fuse } from './fuse.js';
import { lowerProgram, type Origin } from './lower/program.js';
import { VERSION } from './session.js';

/** The operators of one equation. */
export interface ProfiledEquation {
  /** `matmul(float32[2,3], float32[3,4]) -> float32[2,4]`; what the native optimizer has added stands by its operator. */
  readonly text: string;
  /** Which program: `''` is the outermost, `while_3/body/` the body of its loop in equation 3. */
  readonly path: string;
  /** Kernels in one run of the program, the iterations of loops counted. */
  readonly calls: number;
  /** Of one run: each kernel in its fastest call, times its calls. Wall-clock time, 1 to 2 microseconds of the profiler in each call. */
  readonly seconds: number;
  /** Seconds by ONNX operator. */
  readonly operators: Readonly<Record<string, number>>;
}

interface NodeEvent {
  readonly cat: string;
  readonly name: string;
  /** Microseconds. */
  readonly dur: number;
  readonly args: { readonly op_name: string };
}

const KERNEL = '_kernel_time';
/** Their kernels contain those of their bodies. */
const NESTING: ReadonlySet<string> = new Set(['Loop', 'If']);

/**
 * Runs a program under ONNX Runtime's profiler.
 *
 * @param inputs in the order of the program; not changed
 * @param runs at least 1
 * @returns equations, the most expensive first
 */
export async function profileProgram(
  program: Program,
  inputs: readonly HostBuffer[],
  runs: number,
  options: InferenceSession.SessionOptions,
): Promise<readonly ProfiledEquation[]> {
  const { bytes, inputNames, origins } = lowerProgram(fuse(program));
  const directory = await mkdtemp(path.join(tmpdir(), 'gaussmark-profile-'));
  try {
    const session = await InferenceSession.create(bytes, {
      ...options,
      enableProfiling: true,
      profileFilePrefix: path.join(directory, 'profile'),
    });
    const feeds = Object.fromEntries(inputs.map(({ tensor }, i) => [inputNames[i]!, tensor]));
    for (let i = 0; i < runs; i++) await session.run(feeds);
    session.endProfiling();
    await session.release();
    const [file] = await readdir(directory);
    const events = JSON.parse(await readFile(path.join(directory, file!), 'utf8')) as readonly NodeEvent[];
    return byEquation(events, origins, runs);
  } catch (error) {
    throw explain('run', error, origins, VERSION);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function byEquation(
  events: readonly NodeEvent[],
  origins: ReadonlyMap<string, Origin>,
  runs: number,
): readonly ProfiledEquation[] {
  const nodes = new Map<string, { operator: string; calls: number; fastest: number }>();
  for (const { cat, name, dur, args } of events) {
    if (cat !== 'Node' || !name.endsWith(KERNEL) || NESTING.has(args.op_name)) continue;
    const key = name.slice(0, -KERNEL.length);
    const node = nodes.get(key) ?? { operator: args.op_name, calls: 0, fastest: Number.POSITIVE_INFINITY };
    node.calls++;
    node.fastest = Math.min(node.fastest, dur / 1e6);
    nodes.set(key, node);
  }
  const equations = new Map<string, { -readonly [K in keyof ProfiledEquation]: ProfiledEquation[K] }>();
  for (const [name, { operator, calls, fastest }] of nodes) {
    // Further nodes of an equation are numbered: `isFinite_4#1`.
    const origin = origins.get(name.split('#')[0]!);
    const place = origin?.path ?? name.slice(0, name.lastIndexOf('/') + 1);
    const text = origin?.text ?? operator;
    const key = `${place}${origin?.index ?? ''} ${text}`;
    const row = equations.get(key) ?? { text, path: place, calls: 0, seconds: 0, operators: {} };
    const seconds = (fastest * calls) / runs;
    row.calls += calls / runs;
    row.seconds += seconds;
    row.operators = { ...row.operators, [operator]: (row.operators[operator] ?? 0) + seconds };
    equations.set(key, row);
  }
  return [...equations.values()].sort((a, b) => b.seconds - a.seconds);
}
