// A dataset context with temporary, empty directories and no GAUSSMARK_DATA.

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

/** Call it at the top of a test file; it fills the returned object before each test. */
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

/** The user's cache, with downloaded data. */
export const userContext = {
  cacheDirectory:
    process.env.GAUSSMARK_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'gaussmark'),
};

/** Skips a test if its data have not been downloaded. */
export async function demandFetched(name: string, files: DatasetFiles, test: TestContext): Promise<void> {
  const states = await files.locate(userContext);
  test.skip(
    states.some(({ status }) => status === 'missing'),
    `not downloaded: run 'bench data fetch ${name}'`,
  );
}
