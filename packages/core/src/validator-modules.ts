// Writes validators as modules, at build time.

import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { newAjv } from './validation.js';

const require = createRequire(import.meta.url);

/**
 * Compiles each schema into a CommonJS module NAME.cjs, for `builtValidator`. The modules import functions of ajv.
 *
 * @param directory where the modules go, a URL that ends with a slash
 * @param schemas the schemas by name
 * @internal
 */
export function writeValidatorModules(directory: URL, schemas: Readonly<Record<string, object>>): void {
  const { default: standalone } =
    require('ajv/dist/standalone/index.js') as typeof import('ajv/dist/standalone/index.js');
  mkdirSync(directory, { recursive: true });
  for (const [name, schema] of Object.entries(schemas)) {
    const ajv = newAjv({ source: true, optimize: true });
    writeFileSync(new URL(`${name}.cjs`, directory), standalone(ajv, ajv.compile(schema)));
  }
}
