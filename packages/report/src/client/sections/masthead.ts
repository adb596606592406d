// The top of a page: the navigation bar, the title, the facts behind the results.

import { formatBytes, formatDate, formatNumber, formatQuantity } from '@gaussmark/analysis/words';
import { commitWords, engineFacts } from '../../facts.js';
import type { PageData, PageRun } from '../../page-data.js';
import { commandBlock } from '../command.js';
import { anchorOf, breakable, element, shortName, svgElement } from '../dom.js';
import { factList } from '../layout.js';
import { overflowBox } from '../overflow.js';
import { scheme, toggleTheme } from '../theme.js';

export function topBar(data: PageData): HTMLElement {
  const { problems, standings, profiles, innerLoops, reproduction, timing, skipped } = data;
  const ran = anyRuns(data);
  const present = (condition: boolean, ...links: Link[]) => (condition ? links : []);
  return bar([
    ...present(
      ran,
      ...present(standings !== null, ['#verdict', 'Verdict']),
      ['#overview', 'Overview'],
      ...problems.map(
        ({ board, facts }, index): Link => [
          `#${anchorOf(index)}`,
          // Titles tell several boards of one problem apart.
          problems.filter((other) => other.facts.name === facts.name).length > 1
            ? board.title
            : board.problem,
        ],
      ),
    ),
    ...present(ran && profiles !== null, ['#profiles', 'Profiles']),
    ...present(ran, ['#optimizers', 'Optimizers']),
    ...present(innerLoops.length > 0, ['#inner-loops', 'Inner loops']),
    ...present(reproduction !== null, ['#reproduction', 'Reproduction']),
    ...present(timing.length > 0, ['#timing', 'Timing']),
    ...present(ran, ['#runs', 'Runs']),
    ...present(!ran && timing.length === 0 && skipped.length > 0, ['#skipped', 'Skipped']),
  ]);
}

type Link = readonly [href: string, text: string];

/** The sticky bar: logo, links to the sections, theme button. */
export function bar(links: readonly Link[]): HTMLElement {
  const button = element('button', { type: 'button', class: 'theme-toggle', onclick: toggleTheme });
  const show = () => {
    const other = scheme.get() === 'dark' ? 'Light' : 'Dark';
    button.replaceChildren(element('span', { class: 'theme-icon', 'aria-hidden': 'true' }), other);
    button.setAttribute('aria-label', `${other} theme`);
  };
  scheme.watch(show);
  show();
  return element(
    'header',
    { class: 'bar' },
    element('a', { class: 'brand', href: '#top' }, bellCurve(), 'gaussmark'),
    overflowBox(
      element(
        'nav',
        { 'aria-label': 'Sections' },
        ...links.map(([href, text]) => element('a', { href }, shortName(text))),
      ),
    ),
    button,
  );
}

function bellCurve(): SVGElement {
  return svgElement(
    'svg',
    { viewBox: '0 0 32 24', 'aria-hidden': 'true' },
    svgElement('path', { d: 'M2 21C11 21 11 3 16 3s5 18 14 18' }),
  );
}

/** Longer titles get a smaller font. */
const LONG_TITLE = 70;

export function masthead(data: PageData, runs: readonly PageRun[]): HTMLElement {
  const { environment, command, created, profile, tool } = data;
  return element(
    'section',
    { class: 'masthead', id: 'top' },
    element('h1', data.title.length > LONG_TITLE ? { class: 'long' } : {}, breakable(data.title)),
    element('p', { class: 'lede' }, summary(data, runs)),
    ...data.warnings.map((warning) => element('p', { class: 'notice' }, warning)),
    factList([
      ['Date', formatDate(created)],
      ['Machine', `${environment.cpu}, ${environment.cores} cores, ${formatBytes(environment.memoryBytes)}`],
      ['System', `${environment.os} ${environment.arch}, Node ${environment.node}`],
      ['Engine', [...engineFacts(environment), ...data.conditions].join(', ')],
      ['Code', commitWords(environment)],
      ['Load at start', environment.loadAverage.map((load) => formatNumber(load, 2)).join(', ') || 'unknown'],
      ['Tool', `${tool.name} ${tool.version}${profile === null ? '' : `, profile ${profile}`}`],
    ]),
    commandBlock(command),
  );
}

/** Reports of `bench steps` have timings only, and a report may be empty. */
export const anyRuns = ({ runs }: PageData): boolean => runs.rows.length > 0;

function summary(data: PageData, runs: readonly PageRun[]): string {
  const { problems } = data;
  if (!anyRuns(data)) {
    return data.timing.length > 0
      ? `Timings of the parts of a step on ${formatQuantity(problems.length, 'problem')}.`
      : 'Nothing was run.';
  }
  const optimizers = new Set(runs.map(({ name }) => name)).size;
  const lost = runs.filter(({ outcome }) => outcome !== 'finished').map(({ status }) => status);
  const losses = [...new Set(lost)].map(
    (status) => `${lost.filter((other) => other === status).length} ${status}`,
  );
  return `${formatQuantity(runs.length, 'run')} of ${formatQuantity(optimizers, 'optimizer setting')} on ${formatQuantity(problems.length, 'problem')}${losses.length === 0 ? '.' : `; ${losses.join(', ')}.`}`;
}
