// The tasks of looking at an engine and of installing its native parts, in the worker that they are sent to.

import {
  type EngineInstaller,
  GaussmarkError,
  type InstallDescription,
  type InstallResult,
  type Registry,
} from '@gaussmark/core';
import { backendsOf, type ListedBackend } from './backends.js';
import { type KnownPlugins, registryOf } from './known-plugins.js';
import { callPlugin, loadPlugin } from './plugin-call.js';
import type { TaskOf } from './task.js';

/** A native part that an engine can install. */
export interface ListedInstaller {
  readonly name: string;
  readonly engine: string;
  readonly summary: string;
}

export interface ListedEngine {
  readonly backends: readonly ListedBackend[];
  readonly installers: readonly ListedInstaller[];
}

interface OfEngine {
  readonly engine: string;
  readonly known: KnownPlugins;
}

interface OfPart extends OfEngine {
  readonly part: string;
  readonly gpu: boolean;
}

export interface ListEngineTask {
  /** Back ends are tried, which takes seconds: only if they are asked for. */
  readonly input: OfEngine & { readonly backends: boolean };
  readonly event: never;
  readonly result: ListedEngine;
}

export interface DescribeInstallTask {
  readonly input: OfPart;
  readonly event: never;
  readonly result: InstallDescription;
}

export interface InstallTask {
  readonly input: OfPart;
  /** What is being done. */
  readonly event: string;
  readonly result: InstallResult;
}

export const listEngineTask: TaskOf<ListEngineTask> = async ({ engine, known, ...asked }) => {
  const registry = registryOf(known);
  const entry = registry.find('engine', engine);
  const backends = asked.backends ? await backendsOf(entry, registry) : [];
  // One that cannot be loaded has none.
  const installers = await loadPlugin(registry, entry).then(
    (plugin) =>
      callPlugin('engine', engine, () =>
        Object.entries(plugin.installers ?? {}).map(([name, { summary }]) => ({ name, engine, summary })),
      ),
    () => [],
  );
  return { backends, installers };
};

export const describeInstallTask: TaskOf<DescribeInstallTask> = async ({ engine, part, gpu, known }) => {
  const installer = await installerOf(engine, part, registryOf(known));
  return callPlugin('engine', engine, () => installer.describe({ gpu }));
};

export const installTask: TaskOf<InstallTask> = async ({ engine, part, gpu, known }, { emit, signal }) => {
  const installer = await installerOf(engine, part, registryOf(known));
  return callPlugin('engine', engine, () => installer.install({ gpu }, { onProgress: emit, signal }));
};

async function installerOf(engine: string, part: string, registry: Registry): Promise<EngineInstaller> {
  const { installers = {} } = await loadPlugin(registry, registry.find('engine', engine));
  const installer = installers[part];
  if (installer === undefined)
    throw new GaussmarkError(`engine '${engine}' has no part '${part}' to install`);
  return installer;
}
