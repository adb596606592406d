// A fingerprint of a plugin's code, so that records made by other code are not taken for its own.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { init, parse } from 'es-module-lexer';
import { GaussmarkError } from './errors.js';
import type { PluginEntry } from './registry.js';

/**
 * sha256 (hex) over a plugin's manifest and its modules: the entry and all that it imports by relative paths, statically
 * or by a literal `import()`. Packages that it imports, and files that it opens when it runs, are not part of it.
 *
 * The same files give the same hash wherever the package lies.
 *
 * @throws GaussmarkError if one of the modules is missing.
 */
export async function sourceHash(
  entry: Pick<PluginEntry, 'entryFile' | 'manifestFile' | 'directory'>,
): Promise<string> {
  await init;
  const contents = new Map<string, Buffer>();
  await visit(entry.entryFile, contents);
  contents.set(entry.manifestFile, await readFile(entry.manifestFile));

  const hash = createHash('sha256');
  const named = [...contents].map(([file, content]) => ({
    name: portableName(entry.directory, file),
    content,
  }));
  for (const { name, content } of named.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    // The lengths keep a byte from moving between a name, its file and the next one unnoticed.
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

async function visit(file: string, contents: Map<string, Buffer>, importer?: string): Promise<void> {
  if (contents.has(file)) return;
  const content = await readFile(file).catch((cause: unknown) => {
    throw new GaussmarkError(`cannot read a plugin's module: ${file}`, { file: importer, cause });
  });
  contents.set(file, content);
  if (!/\.m?js$/.test(file)) return;
  for (const specifier of relativeImports(content.toString('utf8'))) {
    await visit(fileURLToPath(new URL(specifier, pathToFileURL(file))), contents, file);
  }
}

function relativeImports(source: string): string[] {
  let imports: ReturnType<typeof parse>[0];
  try {
    [imports] = parse(source);
  } catch {
    return []; // A module that does not parse fails when it is loaded, with the engine's own message.
  }
  return imports.flatMap((each) => {
    const literal = each.type === 'dynamic' && each.glob ? undefined : each.specifier;
    return literal?.startsWith('./') || literal?.startsWith('../') ? [literal] : [];
  });
}

function portableName(directory: string, file: string): string {
  return path.relative(directory, file).split(path.sep).join('/');
}
