// Writes the published JSON Schemas (schemas/*.schema.json) and their validators (dist/validators/*.cjs) from their one
// source, the TypeBox schemas in src/.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { PUBLISHED_SCHEMAS } from '../dist/published-schemas.js';
import { writeValidatorModules } from '../dist/validator-modules.js';

const directory = path.join(path.dirname(fileURLToPath(import.meta.url)), '../schemas');
mkdirSync(directory, { recursive: true });
for (const [name, schema] of Object.entries(PUBLISHED_SCHEMAS)) {
  const file = path.join(directory, name);
  const text = JSON.stringify(schema, null, 2);
  // A file that says the same is left as it is: the formatter has the last word on its layout.
  const current = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  if (!isDeepStrictEqual(current, JSON.parse(text))) writeFileSync(file, `${text}\n`);
}

writeValidatorModules(
  new URL('../dist/validators/', import.meta.url),
  Object.fromEntries(
    Object.entries(PUBLISHED_SCHEMAS).map(([file, schema]) => [file.replace('.schema.json', ''), schema]),
  ),
);
