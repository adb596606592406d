// The conformance suite on this engine. Cases of one primitive and dtype run as one program, since compiling each of 1600 takes
// minutes; `bench engine check` runs them one at a time, with float32 and whole steps.

import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type CaseResult, checkEngine, conformanceCases, joinedCases } from '@gaussmark/engine-conformance';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import plugin from '../src/index.js';
import { PLUGIN, quiet, WITHOUT } from './support.js';

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
    const groups = joinedCases(conformanceCases().filter(({ dtype }) => dtype !== 'float32'));
    const cases = groups.map(({ joined }) => joined);
    const results: CaseResult[] = [];
    for await (const result of checkEngine(engine, { cases })) results.push(result);
    await engine.dispose();
    expect(results.filter(({ status }) => status !== 'pass')).toEqual([]);
    expect(results.length).toBeGreaterThan(100);
  }, 300_000);
});
