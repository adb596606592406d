// The schema of report.json, for those who do not import it from analysis yet.

export { reportSchema } from '@gaussmark/analysis/schema';
