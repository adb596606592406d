// Whether this machine has a WebGPU device for the tests, or the reason to skip them.

import { GaussmarkError } from '@gaussmark/core';
import { createEngine } from './support.js';

/** Why the engine cannot run, or null. */
export async function webgpuObstacle(): Promise<string | null> {
  try {
    const engine = await createEngine({ provider: 'webgpu' });
    await engine.dispose();
    return null;
  } catch (error) {
    if (error instanceof GaussmarkError) return `no WebGPU device: ${error.summary}; ${error.remedy}`;
    throw error;
  }
}
