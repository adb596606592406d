// Installs a plugin: downloads its wheels by checksum, unpacks what is needed, and tries it before it takes its place.

import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  defined,
  GaussmarkError,
  type InstallDescription,
  type InstallOptions,
  type InstallResult,
  isFull,
  makeDirectory,
  StorageError,
  storageError,
} from '@gaussmark/core';
import {
  demandTool,
  downloadWheels,
  PIP,
  type RunOptions,
  runTool,
  unpackWheel,
} from '@gaussmark/engine-kit';
import { partDirectory } from './find.js';
import type { PluginPart } from './parts.js';

/** What an installation would do. */
export function describePart(name: string, { wheels, needs }: PluginPart): InstallDescription {
  return {
    directory: partDirectory(name),
    downloads: wheels.map(({ name: wheel, bytes, licence }) => ({
      name: wheel,
      from: 'PyPI',
      bytes,
      licence,
    })),
    needs: ['Linux on x86-64', 'python3 with pip', ...needs],
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
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new GaussmarkError(`${name} exists only for Linux on x86-64`, {
      got: `${process.platform} on ${process.arch}`,
      remedy: 'build XLA for this system and give the path of its plugin: plugin=/path/to/plugin',
    });
  }
  const options: RunOptions = defined({ signal });
  await demandTool(...PIP, options);
  const directory = partDirectory(name);
  let work: string | undefined;
  try {
    makeDirectory(path.dirname(directory));
    work = mkdtempSync(`${directory}.partial-`);
    const root = path.join(work, 'root');
    for (const [i, wheel] of part.wheels.entries()) {
      onProgress(`downloading ${wheel.name} (${i + 1} of ${part.wheels.length})`);
      const folder = path.join(work, `wheel-${i}`);
      const [file] = await downloadWheels([wheel.pin], folder, options);
      await unpackWheel(file!, root, part.members, options);
      rmSync(folder, { recursive: true, force: true });
    }
    onProgress('checking that it runs');
    const found = await check(path.join(root, part.library), part, options);
    rmSync(directory, { recursive: true, force: true });
    renameSync(root, directory);
    return { directory, found };
  } catch (error) {
    const { syscall } = error as NodeJS.ErrnoException;
    const isStorage = isFull(error) || /^(mkdir|mkdtemp|open|write|rename|rm)/.test(syscall ?? '');
    if (error instanceof StorageError || !isStorage) throw error;
    const next = 'run the same command again, or set GAUSSMARK_CACHE to another directory';
    throw storageError(directory, 'the plugin could not be installed', next, error);
  } finally {
    if (work !== undefined) rmSync(work, { recursive: true, force: true });
  }
}

/** Loads the plugin in a separate process, which an incompatible one may crash. */
async function check(library: string, { platform }: PluginPart, options: RunOptions): Promise<string> {
  const script = fileURLToPath(new URL('./check-plugin.js', import.meta.url));
  const found = (await runTool(process.execPath, [script, library, platform], options)).trim();
  if (found === '') throw new Error('internal: the check of the plugin printed nothing');
  return found;
}
