// Vulkan on Linux: whether its loader is there, and which driver it has loaded.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Obstacle, outputOf } from './obstacles.js';

const LOADER = 'libvulkan.so.1';

/** Where Debian's chromium has its Vulkan device in software. */
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
  // Where there is no list (Alpine, NixOS), trying tells.
  if (libraries === undefined || libraries.includes(LOADER) || process.env.LD_LIBRARY_PATH) return undefined;
  return {
    reason: `the Vulkan loader, ${LOADER}, is not installed`,
    remedy: `sudo apt-get install libvulkan1 (Fedora: vulkan-loader), and the Vulkan driver of the GPU${hint()}`,
  };
}

/** What to do without a GPU, where that is one variable. */
export function hint(): string {
  if (process.platform !== 'linux' || !existsSync(SWIFTSHADER)) return '';
  if (process.env.VK_ICD_FILENAMES || process.env.VK_DRIVER_FILES) return '';
  return `; for a slow device in software, set VK_ICD_FILENAMES=${SWIFTSHADER}`;
}

export interface VulkanDriver {
  /** The file of its library. */
  readonly file: string;
  /** What it is called if it is one that computes on the CPU. */
  readonly software: string | undefined;
}

/** The drivers in this process: of one device that runs, in most cases one. None on other systems than Linux. */
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
