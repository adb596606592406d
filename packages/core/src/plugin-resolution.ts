// Module hooks for plugins: those given by path import Gaussmark's packages from any folder without installing them, and
// share the running copy; TypeScript is loaded as it is.

import { readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isTypeScript, stripTypes } from './type-stripping.js';

type Resolved = { readonly url: string };
type Context = { readonly parentURL?: string | undefined };
type NextResolve = (specifier: string, context: Context) => Promise<Resolved>;

interface Loaded {
  readonly format: string;
  readonly source?: string | ArrayBuffer | Uint8Array | null;
  readonly shortCircuit?: boolean;
}
type NextLoad = (url: string, context: object) => Promise<Loaded>;

/** Packages whose code every result may depend on: core and its dependencies. */
const OWN_PACKAGES = [
  '@gaussmark/autodiff',
  '@gaussmark/core',
  '@gaussmark/linalg',
  '@gaussmark/optim',
  '@gaussmark/problem',
  '@gaussmark/random',
];
/** Packages that a plugin can import without installing them. */
const OURS = /^@gaussmark\/([a-z-]+)(\/|$)/;

/**
 * Entry files of {@link OWN_PACKAGES}: code that every result may depend on.
 *
 * @internal
 */
export function ownEntries(): string[] {
  return importable().map((name) => fileURLToPath(import.meta.resolve(name)));
}

/** What {@link OWN_PACKAGES} offer for import. */
export const importable = (): readonly string[] => [...OWN_PACKAGES, '@gaussmark/random/program'];

/**
 * Node's resolution, falling back for Gaussmark's packages to this package's own dependencies, then to its neighbours: in a
 * checkout all packages are, such as the layers of `@gaussmark/models`.
 */
export async function resolve(specifier: string, context: Context, next: NextResolve): Promise<Resolved> {
  try {
    return await next(specifier, context);
  } catch (error) {
    const [, name] = OURS.exec(specifier) ?? [];
    if (name === undefined) throw error;
    const neighbour = new URL(`../../${name}/package.json`, import.meta.url).href;
    return next(specifier, { ...context, parentURL: import.meta.url }).catch(() =>
      // A package can import itself by name.
      next(specifier, { ...context, parentURL: neighbour }).catch(() => {
        throw error;
      }),
    );
  }
}

/** Node's loading, with the types removed from TypeScript modules. */
export async function load(url: string, context: object, next: NextLoad): Promise<Loaded> {
  const { protocol, pathname } = new URL(url);
  if (protocol !== 'file:' || !isTypeScript(pathname)) return next(url, context);
  const file = fileURLToPath(url);
  const source = stripTypes(await readFile(file, 'utf8'), file);
  return { format: 'module', source, shortCircuit: true };
}

let registered = false;

/**
 * Installs the hooks, once per process.
 *
 * @internal
 */
export function installPluginHooks(): void {
  if (registered) return;
  registered = true;
  register(import.meta.url);
}
