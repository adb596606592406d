// Compiles the validators of reports, histories and their parts (dist/validators/*.cjs) from src/schema.
import { writeValidatorModules } from '@gaussmark/core/validator-modules';
import { historyReportSchema } from '../dist/schema/history-schema.js';
import { reportSchema } from '../dist/schema/report-schema.js';

const { runs, problems, skipped, published } = reportSchema.properties;
writeValidatorModules(new URL('../dist/validators/', import.meta.url), {
  report: reportSchema,
  history: historyReportSchema,
  run: runs.items,
  point: runs.items.properties.curve.items,
  problems,
  skipped,
  published,
});
