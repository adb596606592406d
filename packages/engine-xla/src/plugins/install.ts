// Installs a plugin: downloads its wheels by checksum, unpacks what is needed, and tries it before it takes its place.

import { rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { defined, type InstallDescription, type InstallOptions, type InstallResult } from '@gaussmark/core';
import {
  demandLinux,
  demandTool,
  downloadWheels,
  installInto,
  PIP,
  type RunOptions,
  tryInProcess,
  unpackWheel,
} from '@gaussmark/engine-kit';
import { partDirectory, pluginInPython } from './find.js';
import type { PluginPart } from './parts.js';
import { PLATFORMS } from './platforms.js';

/** What an installation would do. */
export async function describePart(
  name: string,
  { wheels, needs, platform }: PluginPart,
): Promise<InstallDescription> {
  const inPython = await pluginInPython(PLATFORMS[platform]);
  return {
    directory: partDirectory(name),
    downloads: wheels.map(({ name: wheel, bytes, licence }) => ({
      name: wheel,
      from: 'PyPI',
      bytes,
      licence,
    })),
    needs: ['Linux on x86-64', 'python3 with pip', ...needs],
    ...(inPython === undefined ? {} : { present: `JAX's plugin ${inPython.file}` }),
  };
}

/**
 * @throws GaussmarkError if a tool is missing, a wheel does not match, or the plugin does not work; StorageError if the disk is
 * full
 */
export async function installPart(
  name: string,
  part: PluginPart,
  { onProgress = () => undefined, signal }: InstallOptions = {},
): Promise<InstallResult> {
  demandLinux(name, 'build XLA for this system and give the path of its plugin: plugin=/path/to/plugin');
  const options: RunOptions = defined({ signal });
  await demandTool(...PIP, options);
  return installInto(partDirectory(name), {
    what: 'the plugin',
    async make(root, work) {
      for (const [i, wheel] of part.wheels.entries()) {
        onProgress(`downloading ${wheel.name} (${i + 1} of ${part.wheels.length})`);
        const folder = path.join(work, `wheel-${i}`);
        const [file] = await downloadWheels([wheel.pin], folder, options);
        await unpackWheel(file!, root, part.members, options);
        rmSync(folder, { recursive: true, force: true });
      }
      onProgress('checking that it runs');
      return tryInProcess(CHECK, [path.join(root, part.library), part.platform], options);
    },
  });
}

const CHECK = fileURLToPath(new URL('./check-plugin.js', import.meta.url));
