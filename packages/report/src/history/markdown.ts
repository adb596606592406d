// A history as Markdown (GitHub's flavour): per machine, the measures that changed and the commits that changed them.

import type { HistoryReport, MachineHistory } from '@gaussmark/analysis';
import {
  changesByNight,
  dayOf,
  formatChange,
  formatDate,
  historySummary,
  inOrderOfInterest,
  shortCommit,
  verdictWords,
} from '@gaussmark/analysis/words';
import { code, escapeText, renderTextTable, small } from '../markdown-text.js';
import { withVisibleTexts } from '../visible-texts.js';
import { changeTable, historyNotes } from './change-table.js';

/** Limits of the file; history.json and index.html are complete. */
const MOST_ROWS = 60;
const MOST_COMMITS = 20;
const MOST_CHANGES = 12;

/** The text of history.md. Every text of the document is escaped. */
export function renderHistoryMarkdown(original: HistoryReport): string {
  const report = withVisibleTexts(original);
  const { title, created, tool, machines } = report;
  return `${[
    `# ${escapeText(title)}`,
    `Generated ${formatDate(created)} by ${tool.name} ${escapeText(tool.version)}`,
    ...(machines.length === 0 ? ['No history yet.'] : []),
    ...machines.flatMap((machine) => renderMachine(machine, report)),
  ].join('\n\n')}\n`;
}

function renderMachine(machine: MachineHistory, { repository }: HistoryReport): string[] {
  const ordered = inOrderOfInterest(machine.measures);
  const table = changeTable(machine, ordered.slice(0, MOST_ROWS));
  return [
    `## ${escapeText(machine.machine)}`,
    `**${escapeText(historySummary(machine))}**`,
    ...(table.rows.length === 0
      ? ['No changes.']
      : [...renderTextTable(table), ...renderCommits(machine, repository)]),
    small(historyNotes(machine)),
  ];
}

function renderCommits(machine: MachineHistory, repository: string | undefined): string[] {
  const commits = changesByNight(machine);
  const lines = commits.slice(0, MOST_COMMITS).map(({ night, changes }) => {
    const at = machine.nights[night]!;
    const link = repository !== undefined && at.commit !== null;
    const name = link
      ? `[${code(shortCommit(at))}](<${repository}/commit/${at.commit}>)`
      : code(shortCommit(at));
    const listed = changes
      .slice(0, MOST_CHANGES)
      .map(
        ({ measure, change }) =>
          `${code(measure.id)} ${escapeText(formatChange(change, measure.unit))} (${verdictWords(change)})`,
      );
    const more = changes.length - listed.length;
    const list = [...listed, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
    return `- ${name} ${dayOf(at)} ${escapeText(at.subject ?? '')}: ${list}`;
  });
  const more = commits.length - MOST_COMMITS;
  return ['### Commits', [...lines, ...(more > 0 ? [`- and ${more} earlier commits`] : [])].join('\n')];
}
