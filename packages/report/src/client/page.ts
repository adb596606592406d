// Starts a page: theme, printing, content, charts.

import { drawAllCharts, redrawAllCharts } from './chart.js';
import { unfoldForPrint } from './fold.js';
import { onPrint, startPrint } from './print.js';
import { startTheme } from './theme.js';

/** Width of a chart on paper, in pixels: a column of A4. */
const PRINT_WIDTH = 640;

/** @param show builds the page */
export function startPage(show: () => void): void {
  startTheme();
  unfoldForPrint();
  onPrint(
    () => redrawAllCharts(PRINT_WIDTH),
    () => redrawAllCharts(),
  );
  startPrint();
  show();
  if (document.readyState === 'complete') drawAllCharts();
  else addEventListener('load', () => drawAllCharts());
}
