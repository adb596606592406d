// The graphics device behind a provider: its name, driver and memory, as far as the system tells.

import { defined } from '@gaussmark/core';
import type { ProviderName } from './provider.js';
import { loadedDrivers } from './vulkan.js';

export interface DeviceFacts {
  readonly device: string;
  readonly driver?: string;
  readonly memoryBytes?: number;
}

/** Marks devices that are really the CPU. */
const ON_THE_CPU = ' (on the CPU)';

export const isSoftware = ({ device }: DeviceFacts): boolean => device.endsWith(ON_THE_CPU);

interface Controller {
  readonly vendor: string;
  readonly model: string;
  readonly name?: string | undefined;
  /** MiB */
  readonly vram: number | null;
  readonly memoryTotal?: number | undefined;
  readonly driverVersion?: string | undefined;
}

/**
 * The device that a running provider uses.
 *
 * @param index of the device, if the provider lets one choose
 */
export async function describeDevice(provider: ProviderName, index: number): Promise<DeviceFacts> {
  if (provider === 'webgpu') {
    const drivers = await loadedDrivers();
    const software = drivers.find((driver) => driver.software !== undefined);
    if (software !== undefined && drivers.length === 1)
      return { device: `${software.software}${ON_THE_CPU}`, driver: software.file };
    const all = await controllers();
    const files = drivers.map(({ file }) => file).join(', ');
    return {
      ...(all.length === 1 ? factsOf(all[0]!) : severalOf(all)),
      ...(files === '' ? {} : { driver: driverOf(all, files) }),
    };
  }
  const all = await controllers();
  const nvidia = all.filter(({ vendor, name = '' }) => /nvidia/i.test(`${vendor} ${name}`));
  const candidates = provider === 'cuda' || provider === 'tensorrt' ? nvidia : all;
  const chosen = candidates[index];
  return chosen === undefined ? severalOf(candidates) : factsOf(chosen);
}

/** The provider does not tell which device it uses. */
function severalOf(all: readonly Controller[]): DeviceFacts {
  const names = all.map((controller) => factsOf(controller).device);
  return { device: names.length === 0 ? 'unknown' : `one of ${names.join(', ')}` };
}

function factsOf({ vendor, model, name, vram, memoryTotal, driverVersion }: Controller): DeviceFacts {
  const mebibytes = memoryTotal ?? vram ?? 0;
  return defined({
    device: name || [vendor, model].filter(Boolean).join(' ') || 'unknown',
    driver: driverVersion || undefined,
    memoryBytes: mebibytes > 0 ? mebibytes * 2 ** 20 : undefined,
  });
}

function driverOf(all: readonly Controller[], files: string): string {
  const version = all.length === 1 ? all[0]!.driverVersion : undefined;
  return version ? `${files} ${version}` : files;
}

async function controllers(): Promise<readonly Controller[]> {
  const { graphics } = await import('systeminformation');
  return (await graphics()).controllers;
}
