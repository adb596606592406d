// Finds the plugin of a platform: one given by path, the installed one, or that of a Python installation of JAX.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory, GaussmarkError } from '@gaussmark/core';
import type { PlatformName } from '../settings.js';
import { PARTS } from './parts.js';
import { PLATFORMS, type Platform } from './platforms.js';

const TIMEOUT_MS = 10_000;

/** The variable that names a plugin for the CPU. */
export const VARIABLE = 'GAUSSMARK_PJRT_PLUGIN';

export interface FoundPlugin {
  readonly file: string;
  /** `option`, `GAUSSMARK_PJRT_PLUGIN`, `bench engine install`, or `Python`. */
  readonly from: string;
}

/** The folder of an installed part. */
export const partDirectory = (part: string): string => path.join(cacheDirectory(), 'engines', part);

/** The plugin without asking Python; undefined if there is none. */
export function installedPlugin(platform: PlatformName): FoundPlugin | undefined {
  const given = platform === 'cpu' ? process.env[VARIABLE] : undefined;
  if (given !== undefined && given !== '') return { file: path.resolve(given), from: VARIABLE };
  for (const name of PLATFORMS[platform].parts) {
    const file = path.join(partDirectory(name), PARTS[name]!.library);
    if (existsSync(file)) return { file, from: 'bench engine install' };
  }
  return undefined;
}

/** The folders in which Python looks for packages. */
const SEARCH_PATH = 'import json, sys; print(json.dumps([p for p in sys.path if p]))';

const searched = new Map<string, Promise<readonly string[]>>();

/** Asks the Python of the active environment, and python3, once per process. */
function pythonFolders(): Promise<readonly string[]> {
  const { VIRTUAL_ENV, CONDA_PREFIX, PATH } = process.env;
  const environments = [VIRTUAL_ENV, CONDA_PREFIX].filter((each) => each !== undefined && each !== '');
  const candidates = [...environments.map((each) => path.join(each!, 'bin/python')), 'python3'];
  const key = JSON.stringify([candidates, PATH]);
  const folders = searched.get(key) ?? askPython(candidates);
  searched.set(key, folders);
  return folders;
}

async function askPython(candidates: readonly string[]): Promise<readonly string[]> {
  const folders: string[] = [];
  for (const python of candidates) {
    try {
      const { stdout } = await promisify(execFile)(python, ['-c', SEARCH_PATH], { timeout: TIMEOUT_MS });
      folders.push(...(JSON.parse(stdout) as string[]));
    } catch {
      // No such Python.
    }
  }
  return folders;
}

/** The plugin in a Python installation of JAX; undefined if there is none. */
export async function pluginInPython({
  inPython,
}: Pick<Platform, 'inPython'>): Promise<FoundPlugin | undefined> {
  if (inPython.length === 0) return undefined;
  const folders = await pythonFolders();
  // The first Python that has one counts, for the active environment was chosen; there, the newest plugin.
  const files = folders.flatMap((folder) => inPython.map((name) => path.join(folder, name)));
  const file = files.find((each) => existsSync(each));
  return file === undefined ? undefined : { file, from: 'Python' };
}

/**
 * The plugin of a platform: the given one, else that of GAUSSMARK_PJRT_PLUGIN (platform cpu), else an installed part, else that
 * of a Python installation of JAX.
 *
 * @param given the hyperparameter `plugin`
 * @throws GaussmarkError with the remedy if there is none
 */
export async function findPlugin(name: PlatformName, given: string): Promise<FoundPlugin> {
  if (given !== '') return { file: path.resolve(given), from: 'option' };
  const platform = PLATFORMS[name];
  const found = installedPlugin(name) ?? (await pluginInPython(platform));
  if (found !== undefined) return found;
  throw new GaussmarkError(`engine 'xla' has no plugin for ${platform.title}`, {
    plugin: "engine 'xla'",
    expected: expectedOf(platform),
    remedy:
      platform.parts.length > 0
        ? `bench engine install ${platform.parts[0]}, or give the path of a plugin: plugin=/path/to/plugin.so`
        : 'install the Python package of JAX for it, or give the path of a plugin: plugin=/path/to/plugin.so',
  });
}

/** How to replace a plugin that does not work; where it came from decides. */
export function replacementOf({ file, from }: FoundPlugin, name: PlatformName): string {
  switch (from) {
    case 'option':
      return 'give the path of another plugin, or leave plugin out to use the installed one';
    case VARIABLE:
      return `set ${VARIABLE} to another plugin, or unset it to use the installed one`;
    case 'Python':
      return "reinstall JAX's plugin in that Python, or give the path of another: plugin=/path/to/plugin.so";
    default: {
      const { parts } = PLATFORMS[name];
      const part = parts.find((each) => file.startsWith(partDirectory(each) + path.sep)) ?? parts[0];
      return `install it again: bench engine install ${part}`;
    }
  }
}

function expectedOf({ parts, inPython }: Platform): string {
  const places = [
    ...parts.map((part) => `the installed part ${part}`),
    ...inPython.map((file) => `${path.dirname(file)} in a Python installation`),
  ];
  return places.join(', or ');
}
