// Builds the page of a report from its embedded data.

import { unpackRows } from '../packed-rows.js';
import type { PageData, PageRun } from '../page-data.js';
import { type CurveView, firstAbscissa } from './charts/curves.js';
import { element } from './dom.js';
import { MOST_UNFOLDED, openLinkedSections } from './fold.js';
import { footer } from './layout.js';
import { startPage } from './page.js';
import { settingColours } from './palette.js';
import { innerLoopsSection } from './sections/inner-loops.js';
import { anyRuns, masthead, topBar } from './sections/masthead.js';
import { optimizersSection } from './sections/optimizers.js';
import { overview } from './sections/overview.js';
import { problemSection } from './sections/problem.js';
import { profilesSection } from './sections/profiles.js';
import { reproductionSection } from './sections/reproduction.js';
import { runsSection, skippedSection } from './sections/runs.js';
import { timingSection } from './sections/timing.js';
import { tunedResultsSection } from './sections/tuned-results.js';
import { verdictSection } from './sections/verdict.js';
import { createStore } from './store.js';

function start(): void {
  const data = JSON.parse(document.getElementById('report-data')!.textContent ?? '') as PageData;
  const view = createStore<CurveView>({ x: firstAbscissa(data), logX: false, logY: true });
  const coloursOf = settingColours(data.problems.flatMap(({ board }) => board.rows));
  const runs = unpackRows<PageRun>(data.runs);
  const folded = data.problems.length > MOST_UNFOLDED;
  const work = data.problems.every(({ series }) =>
    series.every(({ gradientEquivalents }) => gradientEquivalents !== undefined),
  );
  document
    .getElementById('report')!
    .replaceChildren(
      topBar(data),
      element(
        'main',
        {},
        masthead(data, runs),
        ...(anyRuns(data)
          ? [
              data.standings === null ? null : verdictSection(data.standings, data),
              overview(data.problems, data.contests, coloursOf),
              ...data.problems.map((problem, index) =>
                problemSection(problem, index, view, { folded, work }, coloursOf),
              ),
              data.profiles === null ? null : profilesSection(data.profiles, data, coloursOf),
              optimizersSection(data),
            ]
          : []),
        data.tunedResults.length === 0 ? null : tunedResultsSection(data.tunedResults),
        data.innerLoops.length === 0 ? null : innerLoopsSection(data, coloursOf),
        data.reproduction === null ? null : reproductionSection(data.reproduction, data, coloursOf),
        data.timing.length === 0 ? null : timingSection(data.timing),
        anyRuns(data) ? runsSection(data, runs) : null,
        anyRuns(data) || data.timing.length > 0 || data.skipped.length === 0
          ? null
          : skippedSection(data.skipped),
      ),
      footer(data.tool),
    );
}

startPage(start);
openLinkedSections();
