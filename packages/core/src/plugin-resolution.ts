// Resolution hooks for plugins given by path: they can import Gaussmark's packages from any folder without installing
// them, and share the running copy.

import { register } from 'node:module';
import { fileURLToPath } from 'node:url';

type Resolved = { readonly url: string };
type Context = { readonly parentURL?: string | undefined };
type NextResolve = (specifier: string, context: Context) => Promise<Resolved>;

/** Packages that a plugin can import without installing them: core and its dependencies. */
const OWN_PACKAGES = ['@gaussmark/autodiff', '@gaussmark/core', '@gaussmark/optim'];
const OWN = new RegExp(`^(${OWN_PACKAGES.join('|')})(/|$)`);

/** Entry files of these packages: code that every result may depend on. */
export function ownEntries(): string[] {
  return OWN_PACKAGES.map((name) => fileURLToPath(import.meta.resolve(name)));
}

/** Node's resolution, falling back to this package's own dependencies for Gaussmark's packages. */
export async function resolve(specifier: string, context: Context, next: NextResolve): Promise<Resolved> {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (!OWN.test(specifier)) throw error;
    return next(specifier, { ...context, parentURL: import.meta.url });
  }
}

let registered = false;

/** Installs the hooks, once per process. */
export function resolveOwnPackages(): void {
  if (registered) return;
  registered = true;
  register(import.meta.url);
}
