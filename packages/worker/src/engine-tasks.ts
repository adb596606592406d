// The tasks that list an engine and install its native parts, in a worker.

import { type EngineInstaller, GaussmarkError, type Registry } from '@gaussmark/core';
import { backendsOf } from './backends.js';
import type { DescribeInstallTask, InstallTask, ListEngineTask } from './engine-library.js';
import { registryOf } from './known-plugins.js';
import { callPlugin, loadPlugin } from './plugin-call.js';
import type { TaskOf } from './task.js';

export const listEngineTask: TaskOf<ListEngineTask> = async ({ engine, known, ...asked }) => {
  const registry = registryOf(known);
  const entry = registry.find('engine', engine);
  const backends = asked.backends ? await backendsOf(entry, registry) : [];
  // An engine that does not load has no installers.
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
