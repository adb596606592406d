// Why a plugin's module cannot be loaded: the line of a syntax error, and the export that a wrong import meant.
//
// Node's error of a syntax error names no line, and that of a missing export no alternative.

import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { init, parse } from 'es-module-lexer';
import { defined } from './defined.js';
import { nearest } from './errors.js';
import { importable } from './plugin-resolution.js';
import { localModules } from './source-hash.js';
import { describeThrown } from './thrown.js';
import { isTypeScript, stripTypes } from './type-stripping.js';

export interface LoadFailure {
  /** What went wrong, with the place if it is known. */
  readonly text: string;
  readonly remedy?: string;
}

/**
 * Explains an error thrown by the import of a plugin's entry. Reads the plugin's modules; runs none of them.
 *
 * @param file the entry
 */
export async function explainLoadFailure(file: string, thrown: unknown): Promise<LoadFailure> {
  const { text } = describeThrown(thrown);
  if (!(thrown instanceof Error)) return { text };
  if ('remedy' in thrown && typeof thrown.remedy === 'string') return { text, remedy: thrown.remedy };
  if (thrown.name !== 'SyntaxError') return { text };
  await init;
  const [, from, name] = /requested module '(.+)' does not provide an export named '(.+)'/.exec(text) ?? [];
  if (from !== undefined && name !== undefined) {
    const importer = /^(file:.+):\d+$/m.exec(String(thrown.stack))?.[1];
    const place = importer === undefined ? file : fileURLToPath(importer);
    const remedy = await exportRemedy(name, from, place).catch(() => undefined);
    return defined({ text: place === file ? text : `${text} (${place})`, remedy });
  }
  if (/:\d+:\d+\)$/.test(text)) return { text };
  const place = await placeOfSyntaxError(file).catch(() => undefined);
  return { text: place === undefined ? text : `${text} (${place})` };
}

/** The first module of a plugin that the parser refuses: `/x/index.js:3:5`. */
async function placeOfSyntaxError(entry: string): Promise<string | undefined> {
  for (const [file, content] of await localModules(entry)) {
    try {
      stripTypes(content.toString('utf8'), file);
    } catch (error) {
      const place = /\(([^()]*:\d+:\d+)\)$/.exec((error as Error).message)?.[1];
      if (place !== undefined) return place;
    }
  }
  return undefined;
}

async function exportRemedy(name: string, from: string, importer: string): Promise<string | undefined> {
  const isTypeScriptModule = isTypeScript(importer);
  const { names, types } = from.startsWith('.')
    ? await exportsOfFile(fileURLToPath(new URL(from, pathToFileURL(importer))))
    : await exportsOfPackage(from);
  if (new RegExp(`\\b(?:interface|type)\\s+${escaped(name)}\\b`).test(types)) {
    return isTypeScriptModule
      ? `${name} is a type: import it with 'import type { ${name} }'`
      : `${name} is a type, which JavaScript does not import`;
  }
  for (const other of importable()) {
    if (other !== from && name in (await import(other)))
      return `import { ${name} } from '${other}', which exports it`;
  }
  const guess = nearest(name, names);
  return guess && `did you mean '${guess}', which '${from}' exports?`;
}

interface Exports {
  readonly names: readonly string[];
  /** Text in which its types are declared. */
  readonly types: string;
}

async function exportsOfFile(file: string): Promise<Exports> {
  const source = await readFile(file, 'utf8');
  const [, exported] = parse(isTypeScript(file) ? stripTypes(source, file) : source);
  const names = exported.flatMap((each) =>
    'name' in each && typeof each.name === 'string' ? [each.name] : [],
  );
  return { names, types: source };
}

/** Only of Gaussmark's own packages, which are loaded already. */
async function exportsOfPackage(name: string): Promise<Exports> {
  if (!importable().includes(name)) return { names: [], types: '' };
  const folder = path.dirname(fileURLToPath(import.meta.resolve(name)));
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.d.ts'));
  const types = await Promise.all(files.map((file) => readFile(path.join(folder, file), 'utf8')));
  return { names: Object.keys((await import(name)) as object), types: types.join('\n') };
}

const escaped = (text: string) => text.replaceAll('$', '\\$');
