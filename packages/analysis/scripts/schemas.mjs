// Writes the published schemas of reports and histories from src/schema (build first).
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { historyReportSchema } from '../dist/schema/history-schema.js';
import { reportSchema } from '../dist/schema/report-schema.js';

const directory = path.join(path.dirname(fileURLToPath(import.meta.url)), '../schemas');
for (const [name, schema] of [
  ['report', reportSchema],
  ['history', historyReportSchema],
]) {
  writeFileSync(path.join(directory, `${name}.schema.json`), `${JSON.stringify(schema, null, 2)}\n`);
}
