// The backends, by name. Each is loaded when a grid names it.

import type { Backend, BackendContext } from '../backend.js';
import type { GridSettings } from '../grid-file.js';
import { availableProcessors } from '../processors.js';
import { formatTimeLimit } from '../time-limit.js';

/** @throws GaussmarkError if it is not available here */
export async function openBackend(context: BackendContext): Promise<Backend> {
  const { settings } = context;
  switch (settings.backend) {
    case 'local':
      return (await import('./local.js')).localBackend(context);
    case 'slurm':
      return (await import('./slurm.js')).slurmBackend({ ...context, settings });
    case 'bullmq':
      return (await import('./bullmq.js')).bullmqBackend({ ...context, settings });
    default:
      settings satisfies never;
      throw new Error('internal: unknown backend');
  }
}

/**
 * Checks a grid file against this machine, submitting nothing.
 *
 * @returns what its backend offers, a line each
 * @throws GaussmarkError if it is not available here
 */
export async function checkBackend(settings: GridSettings): Promise<string[]> {
  const atOnce = `${settings.parallel} blocks at once`;
  switch (settings.backend) {
    case 'local':
      return [`local: ${availableProcessors()} processors, ${atOnce}`];
    case 'slurm': {
      const { slurmFacts, partitionSeconds } = await import('./slurm.js');
      const { version, maxArraySize } = await slurmFacts();
      const { partition } = settings;
      const seconds = await partitionSeconds(partition);
      return [
        `Slurm ${version}: arrays of up to ${maxArraySize} blocks, ${atOnce}`,
        `partition ${partition ?? '(default)'}: ${seconds === null ? 'no time limit' : formatTimeLimit(seconds)}`,
      ];
    }
    case 'bullmq':
      return (await import('./bullmq.js')).queueFacts(settings);
    default:
      settings satisfies never;
      throw new Error('internal: unknown backend');
  }
}
