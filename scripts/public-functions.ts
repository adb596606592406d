// The functions that a plugin can import, from the packages' built entries, with their docstrings.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

const { entryPoints } = JSON.parse(readFileSync(path.join(ROOT, 'docs', 'api', 'typedoc.json'), 'utf8')) as {
  readonly entryPoints: readonly string[];
};

/** What the API reference covers: the entries of each package that plugins import, as paths below `src`. */
export const ENTRIES: ReadonlyMap<string, readonly string[]> = entryPoints.reduce((entries, file) => {
  const [, name, entry] = /packages\/([^/]+)\/src\/(.+)\.ts$/.exec(file)!;
  return entries.set(name!, [...(entries.get(name!) ?? []), entry!]);
}, new Map<string, readonly string[]>());

export interface PublicFunction {
  /** As a plugin writes it: `vector.add`. */
  readonly name: string;
  /** Where it is declared: `vector.ts:42`; undefined if another package declares it. */
  readonly place: string | undefined;
  /** Its docstring; empty if there is none. */
  readonly docstring: string;
}

/** The sources of a package, by path below `src`. */
export function sourcesOf(name: string): ReadonlyMap<string, string> {
  const folder = path.join(ROOT, 'packages', name, 'src');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  return new Map(files.sort().map((file) => [file, readFileSync(path.join(folder, file), 'utf8')]));
}

/** The functions and classes that a package exports, those of its namespaces (`vector`, `tree`) included. */
export async function publicFunctions(name: string): Promise<readonly PublicFunction[]> {
  const sources = sourcesOf(name);
  const entries = ENTRIES.get(name)!.map(async (entry) => {
    const file = path.join(ROOT, 'packages', name, 'dist', `${entry}.js`);
    const module: object = await import(pathToFileURL(file).href);
    // Names of an entry in a folder are declared there: there are two functions `permutation`.
    const own = [...sources].filter(([file]) => file.startsWith(entry.replace(/index$|^[^/]+$/, '')));
    return Object.entries(module).flatMap(([each, value]) =>
      isNamespace(value)
        ? Object.keys(value).map((inner) => {
            const namespace = own.filter(([source]) => source === `${each}.ts`);
            return { name: `${each}.${inner}`, ...declaration(inner, namespace) };
          })
        : typeof value === 'function'
          ? [{ name: each, ...declaration(each, own) }]
          : [],
    );
  });
  return (await Promise.all(entries)).flat();
}

const isNamespace = (value: unknown): value is Readonly<Record<string, unknown>> =>
  (value as { readonly [Symbol.toStringTag]?: unknown } | null)?.[Symbol.toStringTag] === 'Module';

function declaration(
  name: string,
  sources: readonly (readonly [file: string, text: string])[],
): Omit<PublicFunction, 'name'> {
  const pattern = new RegExp(
    String.raw`^(/\*\*(?:(?!\*/)[\s\S])*\*/\n)?export (?:async )?(?:function\*? |const |class )${name}\b`,
    'm',
  );
  for (const [file, text] of sources) {
    const found = pattern.exec(text);
    if (found === null) continue;
    const line = text.slice(0, found.index + (found[1] ?? '').length).split('\n').length;
    return { place: `${file}:${line}`, docstring: found[1] ?? '' };
  }
  return { place: undefined, docstring: '' };
}
