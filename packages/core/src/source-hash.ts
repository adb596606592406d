// A fingerprint of a plugin's code, to tell records made by different code apart.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { init, parse } from 'es-module-lexer';
import { GaussmarkError } from './errors.js';
import { isTypeScript, stripTypes } from './type-stripping.js';

/** Of a plugin's entry in the registry. */
interface PluginFiles {
  readonly entryFile: string;
  readonly manifestFile: string;
  readonly directory: string;
}

/**
 * The sha256 (hex) of a plugin's manifest and modules: the entry and everything it imports by relative path, statically
 * or with a literal `import()`. Imported packages and files opened at run time are not included.
 *
 * The hash does not depend on where the package is.
 *
 * @throws GaussmarkError if a module is missing.
 * @internal
 */
export async function sourceHash(entry: PluginFiles): Promise<string> {
  const contents = await localModules(entry.entryFile);
  contents.set(entry.manifestFile, await readFile(entry.manifestFile));

  const hash = createHash('sha256');
  const named = [...contents].map(([file, content]) => ({
    name: portableName(entry.directory, file),
    content,
  }));
  for (const { name, content } of named.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    // The lengths separate a name from its content and from the next name.
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** A module and everything it imports by relative path, in the order of the imports. */
export async function localModules(entryFile: string): Promise<Map<string, Buffer>> {
  await init;
  const contents = new Map<string, Buffer>();
  await visit(entryFile, contents);
  return contents;
}

async function visit(file: string, contents: Map<string, Buffer>, importer?: string): Promise<void> {
  if (contents.has(file)) return;
  const content = await readFile(file).catch((cause: unknown) => {
    throw new GaussmarkError(`cannot read a plugin's module: ${file}`, { file: importer, cause });
  });
  contents.set(file, content);
  if (!isTypeScript(file) && !/\.m?js$/.test(file)) return;
  for (const specifier of relativeImports(content.toString('utf8'), file)) {
    await visit(fileURLToPath(new URL(specifier, pathToFileURL(file))), contents, file);
  }
}

/** Imports of types alone load nothing, and do not count. */
function relativeImports(source: string, file: string): string[] {
  let imports: ReturnType<typeof parse>[0];
  try {
    [imports] = parse(isTypeScript(file) ? stripTypes(source, file) : source);
  } catch {
    return []; // Loading the module will report the syntax error.
  }
  return imports.flatMap((each) => {
    const literal = each.type === 'dynamic' && each.glob ? undefined : each.specifier;
    return literal?.startsWith('./') || literal?.startsWith('../') ? [literal] : [];
  });
}

function portableName(directory: string, file: string): string {
  return path.relative(directory, file).split(path.sep).join('/');
}
