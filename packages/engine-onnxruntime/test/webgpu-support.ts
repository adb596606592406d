// The WebGPU engine of the tests, where this machine has a device for it; if not, the reason, which tests are skipped with.

import { GaussmarkError } from '@gaussmark/core';
import { createEngine } from './support.js';

/** Why there is no engine, or null. */
export async function webgpuObstacle(): Promise<string | null> {
  try {
    const engine = await createEngine({ provider: 'webgpu' });
    await engine.dispose();
    return null;
  } catch (error) {
    if (error instanceof GaussmarkError) return `no WebGPU device here: ${error.summary}; ${error.remedy}`;
    throw error;
  }
}
