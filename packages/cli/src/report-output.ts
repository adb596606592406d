// Prints a report on stdout.

import type { Report } from '@gaussmark/analysis';
import { renderJson } from '@gaussmark/report';
import type { CommandContext } from './context.js';
import { brokenRuns } from './leaderboard-view.js';
import { printLines } from './output.js';

/** Prints a report as JSON, with a line on stderr for each failed run, or as the text that `render` makes. */
export function printReport(
  { screen: { out, err } }: CommandContext,
  { json }: { readonly json?: boolean },
  report: Report,
  render: () => string,
): void {
  if (!json) {
    out.write(`${render()}\n\n`);
    return;
  }
  out.writeDocument(renderJson(report));
  const broken = brokenRuns(report);
  printLines(
    err,
    broken.map(({ id, status, reason }) => `${status}: ${id}: ${reason ?? 'no reason given'}`),
  );
}
