// Everything a command line can name, as data: plugins by kind, problems, profiles.

import {
  defined,
  describeSchema,
  type JsonValue,
  PLUGIN_KINDS,
  type PluginKind,
  type ProblemDefinition,
  type ProfileDefinition,
  type Registry,
  type SearchDimension,
} from '@gaussmark/core';
import { builtinProblems, builtinProfiles } from './builtin.js';

export interface ListedHyperparameter {
  readonly name: string;
  /** Accepted values, in words. */
  readonly accepts: string;
  /** Absent if the hyperparameter is required. */
  readonly default?: JsonValue;
  readonly description: string;
  readonly search?: SearchDimension;
}

export interface ListedPlugin {
  readonly name: string;
  readonly version: string;
  readonly summary: string;
  readonly source: string;
  readonly manifest: string;
  readonly hyperparameters: readonly ListedHyperparameter[];
  readonly presets: Readonly<Record<string, Readonly<Record<string, JsonValue>>>>;
}

export interface Listing {
  readonly plugins: Readonly<Record<PluginKind, readonly ListedPlugin[]>>;
  readonly problems: readonly ProblemDefinition[];
  readonly profiles: readonly ProfileDefinition[];
  readonly broken: readonly {
    readonly kind?: string;
    readonly name?: string;
    readonly path: string;
    readonly reason: string;
  }[];
}

export async function listAll(registry: Registry): Promise<Listing> {
  const plugins = Object.fromEntries(
    PLUGIN_KINDS.map((kind) => [kind, registry.list(kind).map(listPlugin)]),
  ) as Record<PluginKind, ListedPlugin[]>;
  return {
    plugins,
    problems: await builtinProblems(),
    profiles: await builtinProfiles(),
    broken: registry.broken.map(({ kind, name, path, reason }) => defined({ kind, name, path, reason })),
  };
}

function listPlugin({ manifest, manifestFile, source }: Registry['plugins'][number]): ListedPlugin {
  const { name, version, summary, hyperparameters, search, presets = {} } = manifest;
  return {
    name,
    version,
    summary,
    source,
    manifest: manifestFile,
    hyperparameters: Object.entries(hyperparameters.properties).map(([key, schema]) => ({
      name: key,
      accepts: describeSchema(schema),
      ...defined({ default: schema.default }),
      description: schema.description,
      ...defined({ search: search?.[key] }),
    })),
    presets,
  };
}
