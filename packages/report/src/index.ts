// Report documents to JSON, Markdown, HTML, SVG and CSV.

export {
  joinCell,
  type NotedTable,
  type TextCell,
  type TextColumn,
  type TextTable,
  withoutColumn,
  withoutIntervals,
} from '@gaussmark/analysis/words';
export { CURVE_COLUMNS, curvesCsv } from './curves-csv.js';
export { historyNotes } from './history/change-table.js';
export { type HistoryFiles, renderHistoryJson, writeHistory } from './history/write.js';
export { renderHtml } from './html.js';
export { type SummaryTable, summaryTable } from './leaderboard-table.js';
export { renderMarkdown } from './markdown.js';
export { type TimingTable, timingTable } from './timing-table.js';
export { type TuningTable, tuningTables } from './tuning-table.js';
export { type ReportFiles, renderJson, reportFilesIn, type WriteOptions, writeReport } from './write.js';
export { renderFigures, writeCurves, writeFigures } from './write-extras.js';
