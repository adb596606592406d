// The main charts as SVG figures, drawn without a browser, for READMEs, pull requests and CI summaries.

import { CLOCK_WORDS } from '@gaussmark/analysis/words';
import type { EChartsOption } from 'echarts';
import type { PageData, PageProblem, PageProfiles } from '../page-data.js';
import type { ChartStyle } from './chart.js';
import { contestChart, contestHeight, lanesOf } from './charts/contest.js';
import { type CurveView, curveInput, firstAbscissa } from './charts/curves.js';
import { type Font, shortened, textWidth, wrapped } from './charts/fit-text.js';
import { lineChart } from './charts/lines.js';
import { markOf } from './charts/marks.js';
import { profileChart } from './charts/profiles.js';
import { chartTokens } from './colours.js';
import { init } from './echarts.js';
import { initialSeries } from './initial-series.js';
import { optimizerColours, settingColours } from './palette.js';

export interface Figure {
  /** File name without extension: letters, digits and hyphens. */
  readonly name: string;
  readonly svg: string;
}

const WIDTH = 960;
const MARGIN = 24;
const CURVES_HEIGHT = 300;
/** Problems in the overview. */
const MOST_CARDS = 12;

/**
 * The overview, the curves of each problem with runs and the performance profiles, in light and dark colours (`name` and
 * `name-dark`). Texts are escaped; nothing in a figure links, loads or runs.
 */
export function drawFigures(data: PageData): Figure[] {
  const members = data.problems.flatMap(({ board }) => board.rows);
  return (['light', 'dark'] as const).flatMap((scheme) => {
    const style = (width: number): ChartStyle => ({
      ...chartTokens(scheme),
      colours: settingColours(members)(scheme),
      width,
      tooltipPosition: () => [0, 0],
    });
    const drawn = data.problems.filter(({ series }) => series.length > 0);
    const names = distinctNames(drawn.map(({ facts }) => facts.name));
    const figures = [
      ...(drawn.length === 0 ? [] : [{ name: 'overview', svg: overviewFigure(drawn, style) }]),
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

/** Safe file names: `curves-sine10`; duplicates get a number. */
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
  const cards = problems.slice(0, MOST_CARDS);
  const parts: string[] = [];
  let y = MARGIN;
  for (const { board, verdict } of cards) {
    const lanes = lanesOf(board).length;
    const title = textBlock(board.title, y, ink, { family: font, size: 16, weight: 600 });
    const words = textBlock(verdict, y + title.height, muted, { family: font, size: 13 });
    parts.push(title.svg, words.svg);
    y += title.height + words.height + 6;
    if (lanes > 0) {
      const width = WIDTH - 2 * MARGIN;
      const height = contestHeight(lanes);
      parts.push(place(contestChart(board, style(width)), MARGIN, y, width, height));
      y += height;
    }
    y += 26;
  }
  const note = textBlock(
    `Lower is better. One dot per setting, the best of each optimizer filled, with its 95 % interval over seeds. ${startsOfAll(cards)}${problems.length > cards.length ? ` Only the first ${cards.length} of ${problems.length} problems.` : ''}`,
    y - 12,
    muted,
    { family: font, size: 12 },
  );
  parts.push(note.svg);
  return figure(parts, y - 12 + note.height + MARGIN, style(WIDTH), 'Overview');
}

const curvesTitle = ({ board: { title, held } }: PageProblem): string =>
  held.words === '' ? `${title}: test loss` : `${title}: test loss, ${held.words}`;

/** What intervals cover if seeds share their starting weights. */
function startsOfAll(problems: readonly PageProblem[]): string {
  const shared = problems.filter(({ board }) => board.starts === 'shared');
  if (shared.length === 0) return '';
  const where =
    shared.length === problems.length ? '' : ` on ${shared.map(({ board }) => board.title).join(', ')}`;
  return `Intervals cover only the batch order${where}: seeds share their starting weights.`;
}

function curvesFigure(problem: PageProblem, style: (width: number) => ChartStyle): string {
  const initial = initialSeries(problem);
  const series = problem.series.filter(({ name }) => initial.has(name));
  const width = (WIDTH - 3 * MARGIN) / 2;
  const header = headerOf(
    curvesTitle(problem),
    series.map(({ name, outcome }) => ({ name, dashed: outcome === 'broken' })),
    style(WIDTH),
  );
  const first = firstAbscissa({ problems: [problem] });
  const second = first === 'seconds' ? 'iterations' : 'seconds';
  const panel = (x: CurveView['x'], left: number) =>
    place(
      lineChart(curveInput(series, 'testLoss', { x, logX: false, logY: true }, null), style(width)),
      left,
      header.bottom,
      width,
      CURVES_HEIGHT,
    );
  return figure(
    [header.svg, panel(first, MARGIN), panel(second, 2 * MARGIN + width)],
    header.bottom + CURVES_HEIGHT + MARGIN,
    style(WIDTH),
    `${problem.board.title}: test loss over ${CLOCK_WORDS[first]} and over ${CLOCK_WORDS[second]}`,
  );
}

function profilesFigure({ sets, grid, clock }: PageProfiles, style: ChartStyle): string {
  const own = sets.filter(({ unit }) => unit === 'optimizer');
  const set = own.find((set) => set.clock === clock) ?? own[0] ?? sets[0]!;
  const title = `Problems within a factor of the fastest, in ${CLOCK_WORDS[set.clock]}`;
  const header = headerOf(
    title,
    set.entries.map(({ name }) => ({ name, dashed: false })),
    style,
  );
  const chart = profileChart(set.entries, grid, style);
  return figure(
    [header.svg, place(chart, MARGIN, header.bottom, style.width, CURVES_HEIGHT)],
    header.bottom + CURVES_HEIGHT + MARGIN,
    style,
    title,
  );
}

/** A title above a legend. */
function headerOf(title: string, series: readonly LegendItem[], style: ChartStyle) {
  const heading = textBlock(title, MARGIN, style.ink, { family: style.font, size: 16, weight: 600 });
  const top = MARGIN + heading.height + 18;
  const key = legendRows(series, top, style);
  return { svg: `${heading.svg}\n${key.svg}`, bottom: top + key.height };
}

/** A chart placed in a figure. */
function place(option: EChartsOption, x: number, y: number, width: number, height: number): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  chart.setOption({ animation: false, ...option });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg.replace('<svg ', `<svg x="${x}" y="${y}" `);
}

function figure(
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

/** Wrapped text at the left edge. */
function textBlock(
  text: string,
  top: number,
  fill: string,
  font: Font,
): { readonly svg: string; readonly height: number } {
  const lineHeight = Math.round(1.35 * font.size);
  const lines = wrapped(text, WIDTH - 2 * MARGIN, font);
  const parts = lines.map((line, i) => textAt(line, MARGIN, top + font.size + i * lineHeight, fill, font));
  return { svg: parts.join('\n'), height: lines.length * lineHeight };
}

/** @param whole the full text, as a tooltip if `text` is shortened */
const textAt = (
  text: string,
  x: number,
  y: number,
  fill: string,
  { family, size, weight = 400 }: Font,
  whole = text,
): string =>
  `<text x="${x}" y="${y}" fill="${fill}" font-family="${family}" font-size="${size}" font-weight="${weight}">${whole === text ? '' : `<title>${escapeXml(whole)}</title>`}${escapeXml(text)}</text>`;

const LEGEND_SIGN = 22;

interface LegendItem {
  readonly name: string;
  readonly dashed: boolean;
}

/** Names with their lines and marks, wrapped into rows. */
function legendRows(
  items: readonly LegendItem[],
  top: number,
  { colours, muted, surface, ink, font: family }: ChartStyle,
): { readonly svg: string; readonly height: number } {
  const font = { family, size: 12 };
  const widest = WIDTH - 2 * MARGIN - LEGEND_SIGN - 8;
  let [x, y] = [MARGIN, top];
  const parts = items.map(({ name, dashed }) => {
    const text = shortened(name, widest, font);
    const width = LEGEND_SIGN + 8 + textWidth(text, font) + 18;
    if (x > MARGIN && x + width - 18 > WIDTH - MARGIN) [x, y] = [MARGIN, y + 20];
    const at = x;
    x += width;
    const colour = colours.get(name) ?? muted;
    const { path, hollow } = markOf(name, colours);
    return [
      `<path d="M${at} ${y - 4}h${LEGEND_SIGN}" stroke="${colour}" stroke-width="2"${dashed ? ' stroke-dasharray="4 3"' : ''}/>`,
      `<path d="${path}" transform="translate(${at + LEGEND_SIGN / 2 - 5} ${y - 9})" fill="${hollow ? surface : colour}" stroke="${colour}" stroke-width="${hollow ? 1.6 : 0}"/>`,
      textAt(text, at + LEGEND_SIGN + 8, y, ink, font, name),
    ].join('');
  });
  return { svg: parts.join('\n'), height: y - top + 14 };
}

/** Text as XML, without the characters that XML forbids. */
function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD]/g, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
