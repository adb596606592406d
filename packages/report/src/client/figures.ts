// The main charts as still pictures, drawn without a browser: for READMEs, pull requests and CI summaries.

import type { EChartsOption } from 'echarts';
import { CLOCK_WORDS } from '../clock.js';
import type { PageData, PageProblem, PageProfiles } from '../page-data.js';
import type { ChartStyle } from './chart.js';
import { contestChart, contestHeight, lanesOf } from './charts/contest.js';
import { type CurveView, curveInput, firstAbscissa } from './charts/curves.js';
import { lineChart } from './charts/lines.js';
import { profileChart } from './charts/profiles.js';
import { drawnAtFirst } from './drawn-at-first.js';
import { init } from './echarts.js';
import { assignColours, optimizerColours, type Scheme } from './palette.js';

export interface Figure {
  /** Without extension: letters, digits and hyphens. */
  readonly name: string;
  readonly svg: string;
}

/** What charts take from the style sheet of the page. */
export const FIGURE_TOKENS: Readonly<
  Record<Scheme, Omit<ChartStyle, 'colours' | 'width' | 'tooltipPosition'>>
> = {
  light: {
    ink: '#16191d',
    muted: '#5a626c',
    rule: '#e3e4df',
    surface: '#ffffff',
    accent: '#1f5fbf',
    good: '#1b6b4a',
    bad: '#a32a1c',
    font: 'system-ui, Segoe UI, Helvetica, Arial, sans-serif',
  },
  dark: {
    ink: '#e9ebee',
    muted: '#9ea6b0',
    rule: '#2a2f36',
    surface: '#16191e',
    accent: '#7db0ff',
    good: '#7fd6ac',
    bad: '#ff9d8d',
    font: 'system-ui, Segoe UI, Helvetica, Arial, sans-serif',
  },
};

const WIDTH = 960;
const MARGIN = 24;
const CURVES_HEIGHT = 300;
/** Cards of the overview; a picture of more would not be looked at. */
const MOST_CARDS = 12;

/**
 * The overview, the curves of each problem and the performance profiles, for light and for dark surroundings
 * (`name` and `name-dark`). Texts are escaped; nothing in a picture links, loads or runs.
 */
export function drawFigures(data: PageData): Figure[] {
  const members = data.problems.flatMap(({ board }) => board.rows);
  const order = new Intl.Collator('en', { numeric: true });
  const sorted = members.toSorted((a, b) => order.compare(a.name, b.name));
  return (['light', 'dark'] as const).flatMap((scheme) => {
    const colours = assignColours(sorted, scheme);
    const style = (width: number): ChartStyle => ({
      ...FIGURE_TOKENS[scheme],
      colours,
      width,
      tooltipPosition: () => [0, 0],
    });
    const drawn = data.problems.filter(({ series }) => series.length > 0);
    const names = distinctNames(drawn.map(({ facts }) => facts.name));
    const figures = [
      { name: 'overview', svg: overviewFigure(drawn, style) },
      ...drawn.map((problem, index) => ({ name: names[index]!, svg: curvesFigure(problem, style) })),
      ...(data.profiles === null
        ? []
        : [
            {
              name: 'profiles',
              svg: profilesFigure(data.profiles, {
                ...style(WIDTH - 2 * MARGIN),
                colours: optimizerColours(members)(scheme),
              }),
            },
          ]),
    ];
    return figures.map(({ name, svg }) => ({ name: scheme === 'dark' ? `${name}-dark` : name, svg }));
  });
}

/** Names of files for any texts: `curves-sine10`; a number is added where two would be the same. */
function distinctNames(problems: readonly string[]): string[] {
  const used = new Set<string>();
  return problems.map((problem) => {
    const plain = `curves-${problem
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '')
      .slice(0, 60)}`;
    let name = plain;
    for (let k = 2; used.has(name); k++) name = `${plain}-${k}`;
    used.add(name);
    return name;
  });
}

function overviewFigure(problems: readonly PageProblem[], style: (width: number) => ChartStyle): string {
  const { ink, muted, font } = style(WIDTH);
  const shown = problems.slice(0, MOST_CARDS);
  const parts: string[] = [];
  let y = MARGIN;
  for (const { board, verdict } of shown) {
    const lanes = lanesOf(board).length;
    parts.push(
      label(board.title, MARGIN, y + 16, ink, font, 16, 600),
      label(verdict, MARGIN, y + 38, muted, font, 13),
    );
    y += 48;
    if (lanes > 0) {
      const width = WIDTH - 2 * MARGIN;
      const height = contestHeight(lanes);
      parts.push(place(contestChart(board, style(width)), MARGIN, y, width, height));
      y += height;
    }
    y += 26;
  }
  parts.push(
    label(
      `Further left is better: one dot per setting, the best of each optimizer filled, with its 95 % interval over seeds. ${startsOfAll(shown)}${problems.length > shown.length ? ` The first ${shown.length} of ${problems.length} problems.` : ''}`,
      MARGIN,
      y,
      muted,
      font,
      12,
    ),
  );
  return picture(parts, y + MARGIN, style(WIDTH), 'Who wins where');
}

const curvesTitle = ({ board: { title, held } }: PageProblem): string =>
  held.words === '' ? `${title}: test loss` : `${title}: test loss, ${held.words}`;

/** What intervals cover, where seeds of a problem have the same start. */
function startsOfAll(problems: readonly PageProblem[]): string {
  const shared = problems.filter(({ board }) => board.starts === 'shared');
  if (shared.length === 0) return '';
  const where =
    shared.length === problems.length ? '' : ` on ${shared.map(({ board }) => board.title).join(', ')}`;
  return `Intervals cover the batch order only${where} (same starting weights).`;
}

function curvesFigure(problem: PageProblem, style: (width: number) => ChartStyle): string {
  const shown = drawnAtFirst(problem);
  const series = problem.series.filter(({ name }) => shown.has(name));
  const { ink, muted, font, colours } = style(WIDTH);
  const width = (WIDTH - 3 * MARGIN) / 2;
  const key = legendRows(
    series.map(({ name }) => ({ name, colour: colours.get(name) ?? muted })),
    MARGIN,
    MARGIN + 42,
    ink,
    font,
  );
  const top = MARGIN + 42 + key.height;
  const first = firstAbscissa({ problems: [problem] });
  const second = first === 'seconds' ? 'iterations' : 'seconds';
  const panel = (x: CurveView['x'], left: number) =>
    place(
      lineChart(curveInput(series, 'testLoss', { x, logX: false, logY: true }, null), style(width)),
      left,
      top,
      width,
      CURVES_HEIGHT,
    );
  return picture(
    [
      label(curvesTitle(problem), MARGIN, MARGIN + 16, ink, font, 16, 600),
      key.svg,
      panel(first, MARGIN),
      panel(second, 2 * MARGIN + width),
    ],
    top + CURVES_HEIGHT + MARGIN,
    style(WIDTH),
    `${problem.board.title}: test loss over ${CLOCK_WORDS[first]} and over ${CLOCK_WORDS[second]}`,
  );
}

function profilesFigure({ sets, grid, clock }: PageProfiles, style: ChartStyle): string {
  const own = sets.filter(({ unit }) => unit === 'optimizer');
  const set = own.find((set) => set.clock === clock) ?? own[0] ?? sets[0]!;
  const { ink, muted, font, colours, width } = style;
  const title = `Problems within a factor of the fastest, in ${CLOCK_WORDS[set.clock]}`;
  const key = legendRows(
    set.entries.map(({ name }) => ({ name, colour: colours.get(name) ?? muted })),
    MARGIN,
    MARGIN + 42,
    ink,
    font,
  );
  const top = MARGIN + 42 + key.height;
  return picture(
    [
      label(title, MARGIN, MARGIN + 16, ink, font, 16, 600),
      key.svg,
      place(profileChart(set.entries, grid, style), MARGIN, top, width, CURVES_HEIGHT),
    ],
    top + CURVES_HEIGHT + MARGIN,
    style,
    title,
  );
}

/** A chart at its place inside a picture. */
function place(option: EChartsOption, x: number, y: number, width: number, height: number): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  chart.setOption({ animation: false, ...option });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg.replace('<svg ', `<svg x="${x}" y="${y}" `);
}

function picture(
  parts: readonly string[],
  height: number,
  { surface, rule }: ChartStyle,
  title: string,
): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${WIDTH}" height="${Math.ceil(height)}" viewBox="0 0 ${WIDTH} ${Math.ceil(height)}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${Math.ceil(height) - 1}" rx="10" fill="${surface}" stroke="${rule}"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

const label = (text: string, x: number, y: number, fill: string, font: string, size: number, weight = 400) =>
  `<text x="${x}" y="${y}" fill="${fill}" font-family="${font}" font-size="${size}" font-weight="${weight}">${escapeXml(clipped(text, size))}</text>`;

/** A text that fits the width of a picture, by the mean width of a letter. */
function clipped(text: string, size: number): string {
  const most = Math.floor((WIDTH - 2 * MARGIN) / (0.52 * size));
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** Names behind strokes of their colours, in as many rows as it takes. */
function legendRows(
  items: readonly { readonly name: string; readonly colour: string }[],
  left: number,
  top: number,
  ink: string,
  font: string,
): { readonly svg: string; readonly height: number } {
  const size = 12;
  let [x, y] = [left, top];
  const parts = items.map(({ name, colour }) => {
    const width = 24 + 0.58 * size * name.length + 18;
    if (x > left && x + width > WIDTH - MARGIN) [x, y] = [left, y + 20];
    const at = x;
    x += width;
    return `<rect x="${at}" y="${y - 5}" width="16" height="3" rx="1.5" fill="${colour}"/><text x="${at + 22}" y="${y}" fill="${ink}" font-family="${font}" font-size="${size}">${escapeXml(clipped(name, size))}</text>`;
  });
  return { svg: parts.join('\n'), height: y - top + 14 };
}

/** Text as XML; characters that XML forbids are left out. */
function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD]/g, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
