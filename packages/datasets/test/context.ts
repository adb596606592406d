// A dataset context whose directories are temporary and empty, with no data directory in the environment.

import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatasetFiles } from '@gaussmark/core';
import { afterEach, beforeEach, type TestContext, vi } from 'vitest';

export interface TemporaryContext {
  readonly cacheDirectory: string;
  /** A directory for the test's own files. */
  readonly directory: string;
}

/** Called at the top of a test file: the returned object is filled anew before each test. */
export function temporaryContext(): TemporaryContext {
  const context = { cacheDirectory: '', directory: '' };
  beforeEach(async () => {
    vi.stubEnv('GAUSSMARK_DATA', '');
    context.cacheDirectory = await mkdtemp(join(tmpdir(), 'gaussmark-cache-'));
    context.directory = await mkdtemp(join(tmpdir(), 'gaussmark-data-'));
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(context.cacheDirectory, { recursive: true });
    await rm(context.directory, { recursive: true });
  });
  return context;
}

/** The user's own cache, where fetched data are. */
export const userContext = {
  cacheDirectory:
    process.env.GAUSSMARK_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'gaussmark'),
};

/** Skips a test of real data if nobody has fetched them. */
export async function demandFetched(name: string, files: DatasetFiles, test: TestContext): Promise<void> {
  const states = await files.locate(userContext);
  test.skip(
    states.some(({ status }) => status === 'missing'),
    `not fetched: run 'bench data fetch ${name}'`,
  );
}
