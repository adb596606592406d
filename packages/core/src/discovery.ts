// Discovery: builds a registry of plugins. A faulty plugin never throws here; the registry lists it with a reason.

import path from 'node:path';
import { defined } from './defined.js';
import { formatIssue, GaussmarkError } from './errors.js';
import { isRecord } from './json.js';
import { parseManifest, pluginNamed } from './manifest.js';
import type { Manifest } from './manifest-schema.js';
import {
  ancestorWith,
  canonicalPath,
  type Found,
  type FoundManifest,
  installedManifests,
  isFile,
  manifestsAt,
  reasonOf,
  workspaceManifests,
} from './plugin-packages.js';
import { type BrokenPlugin, type PluginEntry, Registry } from './registry.js';
import { readJson } from './text-file.js';
import { PLUGIN_KINDS, type PluginKind } from './vocabulary.js';

/** Largest manifest, in bytes: its schemas get compiled. */
const MANIFEST_LIMIT = 64 * 2 ** 10;

export interface DiscoveryOptions {
  /** The folder of pnpm-workspace.yaml. Default: the first one at or above `cwd`, if any. */
  readonly workspaceRoot?: string | undefined;
  /** The user's project, whose direct dependencies are searched. Default: the current directory. */
  readonly cwd?: string | undefined;
  /** More plugins (`--plugin ./path`): package folders or manifests, relative to `cwd`. */
  readonly extra?: readonly string[] | undefined;
}

/**
 * Finds plugins: those in `extra`, in the workspace's packages, and in installed packages with the keyword
 * `gaussmark-plugin`. The first of two plugins with the same kind and name wins. The other is listed as broken, or only
 * noted if a path given by the user replaces it.
 *
 * @internal
 */
export async function discover(options: DiscoveryOptions = {}): Promise<Registry> {
  const cwd = path.resolve(options.cwd ?? process.cwd());
  const root = options.workspaceRoot ?? (await ancestorWith('pnpm-workspace.yaml', cwd));
  const places = await Promise.all([
    ...(options.extra ?? []).map((given) => manifestsAt(given, cwd)),
    root === undefined ? [] : workspaceManifests(path.resolve(cwd, root)),
    installedManifests(cwd),
  ]);
  const outcomes = await Promise.all(
    (await withoutRepetition(places.flat())).map((found) => read(found, cwd)),
  );
  return collect(outcomes, cwd);
}

async function withoutRepetition(found: readonly Found[]): Promise<Found[]> {
  const files = await Promise.all(found.map((each) => canonicalPath(each.file)));
  return found.filter((_, i) => files.indexOf(files[i]!) === i);
}

async function read(found: Found, cwd: string): Promise<PluginEntry | BrokenPlugin> {
  const { file, source } = found;
  if ('reason' in found) return { path: file, source, reason: found.reason, shadowed: false };
  let document: unknown;
  try {
    document = await readJson(file, { label: 'the manifest', limit: MANIFEST_LIMIT });
    const manifest = parseManifest(document, displayPath(file, cwd));
    const entryFile = await findEntry(manifest, found);
    const { kind, name } = manifest;
    return { kind, name, manifest, manifestFile: file, directory: found.directory, entryFile, source };
  } catch (error) {
    const invalid = error instanceof GaussmarkError ? error : undefined;
    const reason = invalid?.issues.map(formatIssue).join('; ') || invalid?.summary || reasonOf(error);
    return { ...identityOf(document), path: file, source, reason, error: invalid, shadowed: false };
  }
}

function identityOf(document: unknown): { kind?: PluginKind; name?: string } {
  if (!isRecord(document)) return {};
  const kind = PLUGIN_KINDS.find((each) => each === document.kind);
  const name = typeof document.name === 'string' ? document.name : undefined;
  return defined({ kind, name });
}

/** The manifest's entry as an absolute path. It must exist and, after following links, lie inside the package. */
async function findEntry(manifest: Manifest, { directory, file }: FoundManifest): Promise<string> {
  const entry = path.resolve(directory, manifest.entry);
  const plugin = pluginNamed(manifest);
  if (!(await isFile(entry))) {
    const built = /^(?:\.\/)?(?:dist|build|lib|out)\//.test(manifest.entry);
    const question = built ? '; did you build the package?' : '';
    throw new GaussmarkError(`entry '${manifest.entry}' does not exist${question}`, {
      plugin,
      file,
      pointer: '/entry',
      expected: 'a file inside the package',
      got: entry,
      remedy: built ? 'build the package' : undefined,
    });
  }
  const [real, home] = await Promise.all([canonicalPath(entry), canonicalPath(directory)]);
  if (path.relative(home, real).split(path.sep)[0] === '..') {
    throw new GaussmarkError(`entry '${manifest.entry}' links to a file outside the package`, {
      plugin,
      file,
      pointer: '/entry',
      expected: `a file inside ${home}`,
      got: real,
    });
  }
  return entry;
}

function collect(outcomes: readonly (PluginEntry | BrokenPlugin)[], cwd: string): Registry {
  const plugins = new Map<string, PluginEntry>();
  const broken: BrokenPlugin[] = [];
  const notes: string[] = [];
  for (const outcome of outcomes) {
    if ('reason' in outcome) {
      broken.push(outcome);
      continue;
    }
    const { kind, name, manifestFile, source } = outcome;
    const first = plugins.get(`${kind} ${name}`);
    if (first === undefined) {
      plugins.set(`${kind} ${name}`, outcome);
    } else if (first.source === 'path' && source !== 'path') {
      const [winner, loser] = [first.manifestFile, manifestFile].map((file) => displayPath(file, cwd));
      notes.push(`using ${kind} '${name}' from ${winner}, given by path, instead of ${loser}`);
    } else {
      const reason = `shadowed: another ${kind} is named '${name}' (${displayPath(first.manifestFile, cwd)})`;
      broken.push({ kind, name, path: manifestFile, source, reason, shadowed: true });
    }
  }
  return new Registry([...plugins.values()], broken, notes);
}

function displayPath(file: string, cwd: string): string {
  const relative = path.relative(cwd, file);
  return relative.startsWith('..') || path.isAbsolute(relative) ? file : relative;
}
