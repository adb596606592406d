// A report as Markdown (GitHub's flavour).

import {
  type Arena,
  arenasOf,
  conditionWords,
  contestTests,
  contestTestTable,
  groupBy,
  innerLoopsOf,
  overallVerdict,
  profileNotes,
  profilesOf,
  profileTable,
  type Report,
  type ReportProblem,
  type Reproduction,
  rankTable,
  reproductions,
  runWarnings,
  scoreTable,
  speedupTable,
  standingsOf,
  timingWarnings,
} from '@gaussmark/analysis';
import type { NotedTable } from '@gaussmark/analysis/words';
import { CLOCK_WORDS, formatBytes, formatCommand, formatDate } from '@gaussmark/analysis/words';
import { commitWords, engineFacts, problemFacts } from './facts.js';
import { innerLoopTable } from './inner-loop-table.js';
import { type SummaryTable, summaryTable } from './leaderboard-table.js';
import { code, escapeText, renderNotedTable, renderTextTable, small } from './markdown-text.js';
import { reproductionRemarks, reproductionTable } from './reproduction-table.js';
import { targetTable } from './target-table.js';
import { timingTable } from './timing-table.js';
import { tunedProblems } from './tuning-table.js';
import { withVisibleTexts } from './visible-texts.js';

/** Rows per leaderboard: code hosts cut summaries off at one megabyte. */
const MOST_ROWS = 50;
const MOST_FAILURES = 100;

/** The text of leaderboard.md. Every text of the report is escaped. */
export function renderMarkdown(original: Report): string {
  const report: Report = { ...withVisibleTexts(original), command: original.command };
  const arenas = arenasOf(report);
  const boards = arenas.map(({ board }) => board);
  return `${[
    `# ${escapeText(report.title)}`,
    introduction(report),
    ...[...runWarnings(report), ...timingWarnings(report)].map(
      (warning) => `**Caution:** ${escapeText(warning)}`,
    ),
    ...renderStandings(report, arenas),
    ...(report.runs.length === 0
      ? nothingRun(report)
      : arenas.flatMap(({ board, problem }) => [
          ...renderTable(summaryTable(board, { detailed: true }), problem),
          ...renderSection('###', targetTable(board)),
        ])),
    ...renderSection('##', contestTestTable(contestTests(boards))),
    ...renderProfiles(arenas),
    ...renderTuned(report),
    ...renderInnerLoops(arenas),
    ...renderReproduction(report),
    ...renderTiming(report),
    ...renderFailures(report),
    ...renderSkips(report),
    environment(report),
  ]
    .filter((part) => part !== '')
    .join('\n\n')}\n`;
}

const nothingRun = ({ timing }: Report): string[] => (timing === undefined ? ['**Nothing was run.**'] : []);

function introduction({ created, tool, profile, command }: Report): string {
  const origin = `Generated ${formatDate(created)} by ${tool.name} ${escapeText(tool.version)}`;
  return `${origin}${profile === undefined ? '' : `, profile ${code(profile)}`}: ${code(formatCommand(command))}`;
}

function renderTable(table: SummaryTable, problem: ReportProblem): string[] {
  return [
    `## ${escapeText(table.title)}`,
    `${escapeText(problemFacts(problem))}\n\n**${escapeText(table.verdict)}**`,
    ...renderTextTable({ ...table, rows: table.rows.slice(0, MOST_ROWS) }),
    ...(table.rows.length > MOST_ROWS
      ? [`Only the first ${MOST_ROWS} of ${table.rows.length} rows; index.html has all.`]
      : []),
    small(table.notes),
  ];
}

const renderSection = (heading: '##' | '###', table: NotedTable | null): string[] =>
  table === null ? [] : [`${heading} ${table.title}`, ...renderNotedTable(table)];

function renderStandings(report: Report, arenas: readonly Arena[]): string[] {
  const standings = standingsOf(report, arenas);
  const sentences = overallVerdict(
    standings,
    arenas.map(({ board }) => board),
  );
  if (sentences.length === 0) return [];
  const tables = standings === null ? [] : standings.speedups.map((set) => speedupTable(standings, set));
  return [
    '## Verdict',
    sentences.map((sentence) => `- ${escapeText(sentence)}`).join('\n'),
    ...tables.flatMap((table, k) =>
      renderSection('###', k + 1 < tables.length ? { ...table, notes: [] } : table),
    ),
    ...renderSection('###', standings && rankTable(standings)),
  ];
}

function renderProfiles(arenas: readonly Arena[]): string[] {
  const profiles = profilesOf(arenas);
  const set = profiles?.sets.find(({ unit, clock }) => unit === 'optimizer' && clock === profiles.clock);
  if (profiles === null || set === undefined) return [];
  return [
    '## Performance profiles',
    ...renderTextTable(scoreTable(profiles)),
    `Time to target relative to the fastest, in ${CLOCK_WORDS[set.clock]}:`,
    ...renderTextTable(profileTable(profiles, set)),
    small(profileNotes(profiles)),
  ];
}

function renderInnerLoops(arenas: readonly Arena[]): string[] {
  const tables = arenas
    .map(({ board, groups }) => innerLoopsOf(board, groups))
    .filter(({ rows }) => rows.length > 0)
    .flatMap((problem) => [`### ${escapeText(problem.title)}`, ...renderTextTable(innerLoopTable(problem))]);
  return tables.length === 0 ? [] : ['## Inner loops', ...tables];
}

function renderReproduction(report: Report): string[] {
  const all = reproductions(report);
  if (report.published === undefined || all.length === 0) return [];
  const { title, source } = report.published;
  return [
    `## Reproduction of ${escapeText(title)}`,
    `${escapeText(source)} Each pair is _here / published_.`,
    ...all.flatMap(renderComparison),
  ];
}

function renderComparison(reproduction: Reproduction): string[] {
  const { problem, obstacle } = reproduction;
  const remarks = reproductionRemarks(reproduction);
  return [
    `### ${escapeText(problem)}`,
    ...(obstacle === null ? [] : [`Not compared: ${escapeText(obstacle)}.`]),
    ...renderTextTable(reproductionTable(reproduction)),
    ...(remarks.length === 0 ? [] : [remarks.map((remark) => `- ${escapeText(remark)}`).join('\n')]),
  ];
}

function renderTuned(report: Report): string[] {
  const problems = tunedProblems(report);
  if (problems.length === 0) return [];
  return [
    '## Tuned and untuned',
    ...problems.flatMap(({ title, tables }) => [
      `### ${escapeText(title)}`,
      ...tables.flatMap((table) => [escapeText(table.title), ...renderNotedTable(table)]),
    ]),
  ];
}

function renderTiming({ timing = [] }: Report): string[] {
  return timing
    .map(timingTable)
    .flatMap((table) => [
      `## ${escapeText(table.title)}`,
      ...(table.warning === null ? [] : [`**${escapeText(table.warning)}**`]),
      ...renderNotedTable(table),
    ]);
}

/** Runs that broke or were interrupted, grouped by reason. */
function renderFailures({ runs }: Report): string[] {
  const ended = runs.filter(
    ({ status, reason }) => reason !== undefined && !['done', 'budget', 'target-reached'].includes(status),
  );
  if (ended.length === 0) return [];
  const lines = [
    ...groupBy(ended, ({ problem, label, status, reason }) =>
      JSON.stringify([problem, label, status, reason]),
    ),
  ].map(([, members]) => {
    const { problem, label, status, reason } = members[0]!;
    const seeds = members.map(({ seed }) => seed).join(', ');
    return `- ${escapeText(problem)}, ${code(label)}, ${members.length > 1 ? 'seeds' : 'seed'} ${seeds}: ${status}. ${escapeText(reason!)}`;
  });
  const more = lines.length - MOST_FAILURES;
  return [
    '## Runs that did not finish',
    [...lines.slice(0, MOST_FAILURES), ...(more > 0 ? [`- and ${more} more`] : [])].join('\n'),
  ];
}

function renderSkips({ skipped }: Report): string[] {
  if (skipped.length === 0) return [];
  const lines = skipped.map(
    ({ problem, optimizer, reason }) => `- ${escapeText(problem)}, ${code(optimizer)}: ${escapeText(reason)}`,
  );
  return ['## Skipped', lines.join('\n')];
}

function environment({ environment }: Report): string {
  const { cpu, cores, memoryBytes, os, arch, node } = environment;
  const parts = [
    `${cpu}, ${cores} cores, ${formatBytes(memoryBytes)}`,
    `${os} ${arch}`,
    `Node ${node}`,
    ...engineFacts(environment),
    ...conditionWords(environment),
    commitWords(environment),
  ];
  return `## Environment\n\n${escapeText(parts.join(' · '))}`;
}
