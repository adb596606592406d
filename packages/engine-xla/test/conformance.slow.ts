// The conformance suite on this engine. Cases of one primitive and dtype run as one program, since compiling each of 1600 takes
// minutes; `bench engine check` runs them one at a time, with float32 and whole steps.

import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  type CaseResult,
  type ConformanceCase,
  checkEngine,
  conformanceCases,
} from '@gaussmark/engine-conformance';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import plugin from '../src/index.js';
import { PLUGIN, quiet, WITHOUT } from './support.js';

/** Cases of the same subject, dtype and way of running, at once. Hosted loops stay alone: their iterations are counted. */
function joined(cases: readonly ConformanceCase[]): ConformanceCase[] {
  const groups = new Map<string, ConformanceCase[]>();
  for (const [i, each] of cases.entries()) {
    const key = each.loops === 'hosted' ? String(i) : `${each.subject} ${each.dtype}`;
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  return [...groups.values()].map((group) => ({
    ...group[0]!,
    name: group.map(({ name }) => name).join('; '),
    program: {
      inputs: group.flatMap(({ program }) => program.inputs),
      equations: group.flatMap(({ program }) => program.equations),
      outputs: group.flatMap(({ program }) => program.outputs),
    },
    inputs: group.flatMap(({ inputs }) => inputs),
  }));
}

describe.skipIf(PLUGIN === undefined)(`conformance (${PLUGIN ?? WITHOUT})`, () => {
  quiet();
  let cache: string;
  beforeAll(() => {
    cache = mkdtempSync(path.join(os.tmpdir(), 'xla-conformance-'));
    vi.stubEnv('GAUSSMARK_CACHE', cache);
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    rmSync(cache, { recursive: true, force: true });
  });

  it('of the CPU: nothing is wrong, nothing unsupported', async () => {
    const engine = await plugin.create({ threads: 1, plugin: PLUGIN! });
    const cases = conformanceCases().filter(({ dtype }) => dtype !== 'float32');
    const results: CaseResult[] = [];
    for await (const result of checkEngine(engine, { cases: joined(cases) })) results.push(result);
    await engine.dispose();
    expect(results.filter(({ status }) => status !== 'pass')).toEqual([]);
    expect(results.length).toBeGreaterThan(100);
  }, 300_000);
});
