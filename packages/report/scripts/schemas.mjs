// Writes the published schema of the report document from its source, src/schema.ts (build first).
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { reportSchema } from '../dist/schema.js';

const file = path.join(path.dirname(fileURLToPath(import.meta.url)), '../schemas/report.schema.json');
writeFileSync(file, `${JSON.stringify(reportSchema, null, 2)}\n`);
