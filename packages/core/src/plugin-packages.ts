// Where to look for plugins: packages of the workspace, installed dependencies, and paths given by the user.
//
// A package with the keyword `gaussmark-plugin` or a `gaussmark` field in its package.json is a plugin package:
//   { "keywords": ["gaussmark-plugin"], "gaussmark": { "manifests": ["./manifest.json"] } }

import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { glob } from 'tinyglobby';
import { formatValue, isRecord } from './json.js';
import { DEFINITION_LIMIT, readText } from './text-file.js';

export type PluginSource = 'workspace' | 'installed' | 'path';

/** A manifest to read, and its package. */
export interface FoundManifest {
  readonly file: string;
  /** The folder that `entry` in the manifest is relative to. */
  readonly directory: string;
  readonly source: PluginSource;
}

/** An announced plugin that cannot be read, and why. */
export interface Unreadable {
  readonly file: string;
  readonly source: PluginSource;
  readonly reason: string;
}

export type Found = FoundManifest | Unreadable;

const KEYWORD = 'gaussmark-plugin';
const WORKSPACE_FILE = 'pnpm-workspace.yaml';
const DEFAULT_MANIFEST = './manifest.json';

/** The nearest folder at or above `start` that contains `file`. */
export async function ancestorWith(file: string, start: string): Promise<string | undefined> {
  for (let directory = path.resolve(start); ; directory = path.dirname(directory)) {
    if (await isFile(path.join(directory, file))) return directory;
    if (directory === path.dirname(directory)) return undefined;
  }
}

/** Manifests in the packages listed by the workspace's pnpm-workspace.yaml, ordered by path. */
export async function workspaceManifests(root: string): Promise<Found[]> {
  const file = path.join(root, WORKSPACE_FILE);
  let globs: string[];
  try {
    // Imported here because the process of a run does not search for plugins.
    const { parse } = await import('yaml');
    globs = workspaceGlobs(parse(await readText(file, { label: WORKSPACE_FILE, limit: DEFINITION_LIMIT })));
  } catch (error) {
    return [{ file, source: 'workspace', reason: reasonOf(error) }];
  }
  const patterns = globs.map((pattern) => `${pattern.replace(/\/+$/, '')}/package.json`);
  const files = await glob(patterns, { cwd: root, ignore: ['**/node_modules/**'], absolute: true });
  const found = await Promise.all(
    files.sort().map((each) => packageManifests(path.dirname(each), 'workspace')),
  );
  return found.flat();
}

function workspaceGlobs(document: unknown): string[] {
  const globs = isRecord(document) ? document.packages : undefined;
  if (globs === undefined) return [];
  if (Array.isArray(globs) && globs.every((item) => typeof item === 'string')) return globs;
  throw new TypeError(`/packages: expected a list of globs, got ${formatValue(globs)}`);
}

/** Manifests of the direct dependencies of the project at or above `cwd`, as Node resolves them. */
export async function installedManifests(cwd: string): Promise<Found[]> {
  const project = await ancestorWith('package.json', cwd);
  if (project === undefined) return [];
  let content: unknown;
  try {
    content = await readPackageJson(path.join(project, 'package.json'));
  } catch {
    return []; // Not a plugin's package.json: not ours to report.
  }
  const names = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((field) => {
    const dependencies = isRecord(content) ? content[field] : undefined;
    return isRecord(dependencies) ? Object.keys(dependencies) : [];
  });
  const found = await Promise.all(
    [...new Set(names)].sort().map(async (name) => {
      const marker = path.join('node_modules', name, 'package.json');
      const base = await ancestorWith(marker, project);
      return base === undefined ? [] : packageManifests(path.join(base, 'node_modules', name), 'installed');
    }),
  );
  return found.flat();
}

/** Manifests at a path given by the user: a package folder, a folder with a manifest, or a manifest. */
export async function manifestsAt(given: string, cwd: string): Promise<Found[]> {
  const file = path.resolve(cwd, given);
  const source = 'path';
  const info = await stat(file).catch(() => undefined);
  if (info === undefined) return [{ file, source, reason: 'no such file or folder' }];
  if (info.isDirectory()) {
    if (await isFile(path.join(file, 'package.json'))) return packageManifests(file, source, true);
    const manifest = path.join(file, DEFAULT_MANIFEST);
    if (await isFile(manifest)) return [{ file: manifest, directory: file, source }];
    return [{ file, source, reason: 'the folder has neither a package.json nor a manifest.json' }];
  }
  return [{ file, directory: await packageFolderOf(file), source }];
}

/** The folder of the plugin package that contains a manifest, or the manifest's own folder. */
async function packageFolderOf(manifest: string): Promise<string> {
  const own = path.dirname(manifest);
  const around = await ancestorWith('package.json', own);
  if (around === undefined) return own;
  const content = await readPackageJson(path.join(around, 'package.json')).catch(() => undefined);
  return isPluginPackage(content) ? around : own;
}

async function packageManifests(directory: string, source: PluginSource, required = false): Promise<Found[]> {
  const packageFile = path.join(directory, 'package.json');
  try {
    const content = await readPackageJson(packageFile);
    if (!isPluginPackage(content) && !required) return [];
    return manifestPaths(content).map((each) => ({ file: path.resolve(directory, each), directory, source }));
  } catch (error) {
    return [{ file: packageFile, source, reason: reasonOf(error) }];
  }
}

function isPluginPackage(content: unknown): boolean {
  if (!isRecord(content)) return false;
  const { keywords, gaussmark } = content;
  return gaussmark !== undefined || (Array.isArray(keywords) && keywords.includes(KEYWORD));
}

function manifestPaths(content: unknown): readonly string[] {
  const declared = isRecord(content) ? content.gaussmark : undefined;
  if (declared === undefined) return [DEFAULT_MANIFEST];
  if (!isRecord(declared)) throw new TypeError(`/gaussmark: expected a record, got ${formatValue(declared)}`);
  const { manifests } = declared;
  if (manifests === undefined) return [DEFAULT_MANIFEST];
  if (Array.isArray(manifests) && manifests.every((item) => typeof item === 'string')) return manifests;
  throw new TypeError(`/gaussmark/manifests: expected a list of paths, got ${formatValue(manifests)}`);
}

/** Reads a package.json; only the fields above matter. */
async function readPackageJson(file: string): Promise<unknown> {
  return JSON.parse(await readText(file, { label: 'package.json', limit: DEFINITION_LIMIT }));
}

/**
 * Whether a path is a file; links are followed.
 *
 * @internal
 */
export async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (info) => info.isFile(),
    () => false,
  );
}

/** Why a file could not be read, on one line. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof SyntaxError) return `not valid JSON: ${error.message}`;
  if ('code' in error && error.code === 'ENOENT') return 'no such file';
  return error.message.split('\n')[0] ?? '';
}

/** The path with links resolved, to recognize a file found twice. */
export async function canonicalPath(file: string): Promise<string> {
  return realpath(file).catch(() => path.resolve(file));
}
