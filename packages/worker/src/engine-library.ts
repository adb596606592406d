// The engines and their native parts, looked at in a worker: no code of a plugin runs in the process of the command.

import {
  GaussmarkError,
  type InstallDescription,
  type InstallResult,
  type Registry,
  validator,
} from '@gaussmark/core';
import { unavailable } from './backends.js';
import type {
  DescribeInstallTask,
  InstallTask,
  ListEngineTask,
  ListedEngine,
  ListedInstaller,
} from './engine-tasks.js';
import { type KnownPlugins, knownPlugins } from './known-plugins.js';
import { AMOUNT, listOf, objectOf, SCALARS, TEXT } from './message-schemas.js';
import type { PluginHost } from './plugin-host.js';
import { task } from './task.js';

const TASKS = new URL('./engine-tasks.js', import.meta.url);
export const LIST_ENGINE = task<ListEngineTask>(TASKS, 'listEngineTask');
const DESCRIBE_INSTALL = task<DescribeInstallTask>(TASKS, 'describeInstallTask');
const INSTALL = task<InstallTask>(TASKS, 'installTask');

export interface InstallOptions {
  readonly signal: AbortSignal;
  /** Told what is being done. */
  readonly onProgress: (activity: string) => void;
}

export class EngineLibrary {
  readonly #known: KnownPlugins;

  constructor(
    private readonly host: PluginHost,
    private readonly registry: Registry,
  ) {
    this.#known = knownPlugins(registry);
  }

  /** The back ends and the native parts of every engine. One that ends its worker is listed with that as the reason. */
  list(): Promise<ListedEngine> {
    return this.#list(true);
  }

  /** The native parts of every engine; none of one that ends its worker. */
  async installers(): Promise<readonly ListedInstaller[]> {
    return (await this.#list(false)).installers;
  }

  async #list(backends: boolean): Promise<ListedEngine> {
    const all: ListedEngine[] = [];
    for (const { name } of this.registry.list('engine')) {
      const input = { engine: name, backends, known: this.#known };
      try {
        all.push(await this.host.ask(LIST_ENGINE, input, { result: ENGINE }));
      } catch (error) {
        if (!(error instanceof GaussmarkError)) throw error;
        all.push({ backends: [unavailable(name, error)], installers: [] });
      }
    }
    return {
      backends: all.flatMap(({ backends }) => backends),
      installers: all.flatMap(({ installers }) => installers),
    };
  }

  /** What an installation would do. */
  describeInstall({ engine, name }: ListedInstaller, gpu: boolean): Promise<InstallDescription> {
    return this.host.ask(
      DESCRIBE_INSTALL,
      { engine, part: name, gpu, known: this.#known },
      { result: DESCRIPTION },
    );
  }

  /** Installs a part. @throws the signal's reason if it aborts */
  install(
    { engine, name }: ListedInstaller,
    gpu: boolean,
    { signal, onProgress }: InstallOptions,
  ): Promise<InstallResult> {
    return this.host.ask(
      INSTALL,
      { engine, part: name, gpu, known: this.#known },
      { result: RESULT, event: activityIssues, onEvent: onProgress, signal },
    );
  }
}

const activityIssues = validator(TEXT);

const backend = (properties: Readonly<Record<string, Readonly<Record<string, unknown>>>>) =>
  objectOf({ engine: TEXT, selection: TEXT, hyperparameters: SCALARS, ...properties }, { remedy: TEXT });

const ENGINE = validator(
  objectOf({
    backends: listOf({
      anyOf: [
        backend({ available: { const: true }, details: SCALARS }),
        backend({ available: { const: false }, reason: TEXT }),
      ],
    }),
    installers: listOf(objectOf({ name: TEXT, engine: TEXT, summary: TEXT })),
  }),
);

const DESCRIPTION = validator(
  objectOf({
    directory: TEXT,
    downloads: listOf(objectOf({ name: TEXT, from: TEXT, bytes: AMOUNT })),
    needs: listOf(TEXT),
  }),
);

const RESULT = validator(objectOf({ directory: TEXT, found: TEXT }));
