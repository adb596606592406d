// TypeScript as plugins write it: types are replaced by blanks, so that every line and column stays where it was.
//
// Node strips types itself only since 22.18. SWC's build of the stripper that Node uses gives the same result everywhere.

import { createRequire } from 'node:module';

/** Whether a file is TypeScript that can be loaded as a module. */
export const isTypeScript = (file: string): boolean => /(?<!\.d)\.m?ts$/.test(file);

/** What SWC throws: a plain object. */
interface Rejection {
  readonly code?: string;
  readonly message?: string;
  readonly startLine?: number;
  /** From 0. */
  readonly startColumn?: number;
}

let swc: typeof import('@swc/wasm-typescript') | undefined;

/**
 * JavaScript with the same lines and columns as a TypeScript module.
 *
 * @param file names the module in errors
 * @throws SyntaxError with file, line and column, and a `remedy` if the syntax has an effect at run time: enums, namespaces,
 * parameter properties
 */
export function stripTypes(source: string, file: string): string {
  swc ??= createRequire(import.meta.url)('@swc/wasm-typescript') as typeof import('@swc/wasm-typescript');
  try {
    return swc.transformSync(source, { mode: 'strip-only', module: true, filename: file }).code;
  } catch (thrown) {
    const { code, message = String(thrown), startLine = 1, startColumn = 0 } = thrown as Rejection;
    const place = `${file}:${startLine}:${startColumn + 1}`;
    if (code !== 'UnsupportedSyntax') throw new SyntaxError(`${message} (${place})`);
    const construct = message.replace(/ is not supported in strip-only mode\.?$/, '');
    const error = new SyntaxError(`${construct}: types are removed, not compiled (${place})`);
    throw Object.assign(error, { remedy: ERASABLE });
  }
}

const ERASABLE =
  "use an 'as const' object or a union of literals for an enum, fields for parameter properties, modules for namespaces; or compile the plugin and name its JavaScript as the entry";
