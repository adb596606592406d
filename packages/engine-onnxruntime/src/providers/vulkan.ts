// Vulkan on Linux: whether the loader is installed, and which driver it loaded.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Obstacle, outputOf } from './obstacles.js';

const LOADER = 'libvulkan.so.1';

/** The software Vulkan device of Debian's chromium. */
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';

/** Drivers that compute on the CPU. */
const SOFTWARE: Readonly<Record<string, string>> = {
  libvk_swiftshader: 'SwiftShader',
  libvulkan_lvp: 'llvmpipe',
};

const DRIVER = /\/(libvk_swiftshader|libvulkan_\w+|lib(?:GLX|EGL)_nvidia|libnvidia-vulkan\w*)\.so[^\s/]*$/;

export async function vulkanObstacle(): Promise<Obstacle | undefined> {
  if (process.platform !== 'linux') return undefined;
  const libraries = (await outputOf('ldconfig', '-p')) ?? (await outputOf('/sbin/ldconfig', '-p'));
  // Without a list of libraries (Alpine, NixOS), only trying can tell.
  if (libraries === undefined || libraries.includes(LOADER) || process.env.LD_LIBRARY_PATH) return undefined;
  return {
    reason: `the Vulkan loader, ${LOADER}, is not installed`,
    remedy: `sudo apt-get install libvulkan1 (Fedora: vulkan-loader), and the GPU's Vulkan driver${hint()}`,
  };
}

/** How to get a software device without a GPU, if one variable is enough. */
export function hint(): string {
  if (process.platform !== 'linux' || !existsSync(SWIFTSHADER)) return '';
  if (process.env.VK_ICD_FILENAMES || process.env.VK_DRIVER_FILES) return '';
  return `; for a slow software device, set VK_ICD_FILENAMES=${SWIFTSHADER}`;
}

export interface VulkanDriver {
  /** The file of its library. */
  readonly file: string;
  /** Its name, if it computes on the CPU. */
  readonly software: string | undefined;
}

/** The drivers loaded in this process, usually one. None on systems other than Linux. */
export async function loadedDrivers(): Promise<VulkanDriver[]> {
  if (process.platform !== 'linux') return [];
  return driversIn(await readFile('/proc/self/maps', 'utf8').catch(() => ''));
}

/** @param maps the text of /proc/PID/maps */
export function driversIn(maps: string): VulkanDriver[] {
  const files = new Set<string>();
  for (const line of maps.split('\n')) {
    const start = line.indexOf('/');
    if (start >= 0 && DRIVER.test(line)) files.add(line.slice(start));
  }
  return [...files].map((file) => ({
    file: path.basename(file),
    software: SOFTWARE[path.basename(file).split('.')[0]!],
  }));
}
