// The engines and their native parts. Plugins run in a worker.

import { GaussmarkError, type InstallDescription, type InstallResult, type Registry } from '@gaussmark/core';
import { type ListedBackend, unavailable } from './backends.js';
import { type KnownPlugins, knownPlugins } from './known-plugins.js';
import {
  AMOUNT,
  anyOf,
  listOf,
  objectOf,
  oneOf,
  SCALARS,
  type Schema,
  type Static,
  TEXT,
} from './message-schemas.js';
import type { PluginHost } from './plugin-host.js';
import { task } from './task.js';

/** A native part that an engine can install. */
const INSTALLER = objectOf({ name: TEXT, engine: TEXT, summary: TEXT });
export type ListedInstaller = Static<typeof INSTALLER>;

const BACKEND = { engine: TEXT, selection: TEXT, hyperparameters: SCALARS };
const LISTED_BACKEND: Schema<ListedBackend> = anyOf(
  objectOf({ ...BACKEND, available: oneOf(true), details: SCALARS }, { remedy: TEXT }),
  objectOf({ ...BACKEND, available: oneOf(false), reason: TEXT }, { remedy: TEXT }),
);
const ENGINE = objectOf({ backends: listOf(LISTED_BACKEND), installers: listOf(INSTALLER) });
type ListedEngine = Static<typeof ENGINE>;

const DESCRIPTION: Schema<InstallDescription> = objectOf(
  {
    directory: TEXT,
    downloads: listOf(objectOf({ name: TEXT, from: TEXT, bytes: AMOUNT }, { licence: TEXT })),
    needs: listOf(TEXT),
  },
  { present: TEXT },
);
const INSTALLED: Schema<InstallResult> = objectOf({ directory: TEXT, found: TEXT });

interface OfEngine {
  readonly engine: string;
  readonly known: KnownPlugins;
}

interface OfPart extends OfEngine {
  readonly part: string;
  readonly gpu: boolean;
}

export interface ListEngineTask {
  /** Trying back ends takes seconds: only on request. */
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
  /** The current activity. */
  readonly event: string;
  readonly result: InstallResult;
}

const TASKS = new URL('./engine-tasks.js', import.meta.url);
export const LIST_ENGINE = task<ListEngineTask>(TASKS, 'listEngineTask', { result: ENGINE });
const DESCRIBE_INSTALL = task<DescribeInstallTask>(TASKS, 'describeInstallTask', { result: DESCRIPTION });
const INSTALL = task<InstallTask>(TASKS, 'installTask', { result: INSTALLED, event: TEXT });

export interface InstallOptions {
  readonly signal: AbortSignal;
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

  /** The back ends and native parts of every engine. An engine that ends its worker is listed with the reason. */
  list(): Promise<ListedEngine> {
    return this.#list(true);
  }

  /** The native parts of every engine that can be loaded. */
  async installers(): Promise<readonly ListedInstaller[]> {
    return (await this.#list(false)).installers;
  }

  async #list(backends: boolean): Promise<ListedEngine> {
    const all: ListedEngine[] = [];
    for (const { name } of this.registry.list('engine')) {
      try {
        all.push(await this.host.ask(LIST_ENGINE, { engine: name, backends, known: this.#known }));
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
    return this.host.ask(DESCRIBE_INSTALL, { engine, part: name, gpu, known: this.#known });
  }

  /** Installs a part. @throws the signal's reason if it aborts */
  install(
    { engine, name }: ListedInstaller,
    gpu: boolean,
    { signal, onProgress }: InstallOptions,
  ): Promise<InstallResult> {
    const input = { engine, part: name, gpu, known: this.#known };
    return this.host.ask(INSTALL, input, { onEvent: onProgress, signal });
  }
}
