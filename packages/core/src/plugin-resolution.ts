// Resolution hooks for plugins given by path: a plugin in any folder may import Gaussmark's own packages without having
// installed them, and shares the one copy that runs.

import { register } from 'node:module';
import { fileURLToPath } from 'node:url';

type Resolved = { readonly url: string };
type Context = { readonly parentURL?: string | undefined };
type NextResolve = (specifier: string, context: Context) => Promise<Resolved>;

/** What a plugin may import without installing it: this package, and those it depends on. */
const OWN_PACKAGES = ['autodiff', 'core', 'optim'];
const OWN = new RegExp(`^@gaussmark/(${OWN_PACKAGES.join('|')})(/|$)`);

/** The entry files of these packages: code that a result may depend on, whatever the plugin. */
export function ownEntries(): string[] {
  return OWN_PACKAGES.map((name) => fileURLToPath(import.meta.resolve(`@gaussmark/${name}`)));
}

/** Node's own resolution, and for Gaussmark's packages, where that finds nothing, this package's place. */
export async function resolve(specifier: string, context: Context, next: NextResolve): Promise<Resolved> {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (!OWN.test(specifier)) throw error;
    return next(specifier, { ...context, parentURL: import.meta.url });
  }
}

let registered = false;

/** Installs the hooks in this process, once. */
export function resolveOwnPackages(): void {
  if (registered) return;
  registered = true;
  register(import.meta.url);
}
