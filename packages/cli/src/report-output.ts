// Prints a report on stdout.

import type { Report } from '@gaussmark/analysis';
import { renderJson } from '@gaussmark/report';
import type { CommandContext } from './context.js';

/** Prints a report as JSON, or as the text that `render` makes. */
export function printReport(
  { screen: { out } }: CommandContext,
  { json }: { readonly json?: boolean },
  report: Report,
  render: () => string,
): void {
  if (json) out.writeDocument(renderJson(report));
  else out.write(`${render()}\n\n`);
}
