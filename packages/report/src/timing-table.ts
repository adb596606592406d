// A timing suite as a table of texts, for the terminal, Markdown and the page. Cells are untrusted text: printers escape them.

import type { TimingCost, TimingEstimate, TimingLine, TimingSuite } from '@gaussmark/analysis';
import { formatCount, formatFactor, formatNumber, formatSeconds, NOTHING } from '@gaussmark/analysis/words';
import { joinCell, type NotedTable, type TextCell, type TextColumn, textCell } from './text-table.js';

export interface TimingTable extends NotedTable {
  /** Why not to trust the times; null if nothing speaks against them. */
  readonly warning: string | null;
}

interface Column extends TextColumn {
  readonly cell: (cost: TimingCost, gradient: TimingCost) => TextCell;
}

const percent = (share: TimingEstimate | null): string =>
  share === null
    ? NOTHING
    : `${formatNumber(100 * share.value, share.value < 0.0995 ? 2 : share.value < 1 ? 2 : 3)} %`;
const giga = (perSecond: number | null) =>
  textCell(perSecond === null ? NOTHING : formatNumber(perSecond / 1e9));

function estimateCell(
  { value, low, high }: TimingEstimate,
  format: (value: number) => string = formatNumber,
): TextCell {
  return {
    text: format(value),
    // The unit itself has no spread.
    interval: low === null || high === null || low === high ? '' : `[${format(low)}, ${format(high)}]`,
    key: value,
  };
}

const COLUMNS: readonly Column[] = [
  {
    title: 'part',
    align: 'left',
    names: true,
    explanation: 'What was timed.',
    cell: ({ name }) => textCell(name),
  },
  {
    title: 'time',
    align: 'right',
    explanation: 'Median over the rounds, with its 95 % interval.',
    cell: ({ seconds }) => estimateCell(seconds, formatSignedSeconds),
  },
  {
    title: 'gradients',
    align: 'right',
    explanation: 'Time over that of a gradient in the same round.',
    cell: ({ gradients }) => estimateCell(gradients),
  },
  {
    title: 'FLOP ratio',
    align: 'right',
    explanation:
      'Operations over those of a gradient: what the column before would be if operations were all.',
    cell: ({ flops }, gradient) =>
      textCell(formatFactor(gradient.flops === 0 ? null : flops / gradient.flops)),
  },
  {
    title: 'GFLOP/s',
    align: 'right',
    explanation: 'Billions of operations per second; operations are counted in the program.',
    cell: ({ flopsPerSecond }) => giga(flopsPerSecond),
  },
  {
    title: '% of peak',
    align: 'right',
    explanation:
      'Of the best that a single operation of this engine, dtype and number of threads reached in the same rounds.',
    cell: ({ peakShare }) => textCell(percent(peakShare)),
  },
  {
    title: 'GB/s',
    align: 'right',
    explanation: 'Bytes of all operands and results per second, as if none came from a cache.',
    cell: ({ bytesPerSecond }) => giga(bytesPerSecond),
  },
  {
    title: 'FLOP/B',
    align: 'right',
    explanation: 'Arithmetic intensity: operations per byte.',
    cell: ({ intensity }) => textCell(formatNumber(intensity, 2)),
  },
  {
    title: 'limit',
    align: 'left',
    explanation:
      'What bounds it by its intensity, and the time that this limit allows over the time taken. Above 100 %: operands came from a cache. Far below: fixed costs of operations rule.',
    cell: ({ limit, limitShare }) => textCell(`${limit} ${percent(limitShare)}`),
  },
];

/** A duration that, being a difference, may have come out below zero. */
const formatSignedSeconds = (seconds: number): string =>
  seconds < 0 ? `−${formatSeconds(-seconds)}` : formatSeconds(seconds);

export function timingTable(suite: TimingSuite): TimingTable {
  const gradient = suite.costs.find(({ kind }) => kind === 'gradient');
  return {
    title: timingTitle(suite),
    columns: COLUMNS,
    rows:
      gradient === undefined
        ? []
        : suite.costs.map((cost) => COLUMNS.map((column) => column.cell(cost, gradient))),
    notes: [
      ...suite.lines.map(lineSentence),
      ...iterationSentences(suite),
      peakSentence(suite),
      ...searchSentences(suite),
      ...sharingSentences(suite),
    ],
    warning: suite.distrust === undefined ? null : `Do not trust these timings: ${suite.distrust}.`,
  };
}

/** `mnist, batches of 1,000, float64, onnxruntime with 2 threads` */
export function timingTitle({
  problem,
  batchSize,
  dtype,
  engine,
  engineInfo: { threads },
}: TimingSuite): string {
  const counted =
    typeof threads === 'number' ? ` with ${threads} ${threads === 1 ? 'thread' : 'threads'}` : '';
  return `${problem}, batches of ${formatCount(batchSize)}, ${dtype}, ${engine.replace(/\[threads=\d+\]$/, '')}${counted}`;
}

/** `A step of sgn(n) takes 1.31 [1.28, 1.33] + 0.71 [0.70, 0.73] n steps of sgd; ...` */
export function lineSentence({ optimizer, baseline, intercept, slope, published }: TimingLine): string {
  const words = (estimate: TimingEstimate) => joinCell(estimateCell(estimate));
  const theirs =
    published === undefined
      ? ''
      : ` ${published.title}: ${formatNumber(published.intercept)} + ${formatNumber(published.slope)} n.`;
  return `A step of ${optimizer}(n) takes ${words(intercept)} + ${words(slope)} n steps of ${baseline}.${theirs}`;
}

/** `Each CG iteration costs 1.29 gradients for 1.17 times the operations of one: 1.10 times what operations alone let expect.` */
function iterationSentences({ costs }: TimingSuite): string[] {
  const gradient = costs.find(({ kind }) => kind === 'gradient');
  return costs.flatMap(({ kind, name, gradients, flops }) => {
    if (kind !== 'innerIteration' || gradient === undefined || gradients.value <= 0) return [];
    const ratio = flops / gradient.flops;
    return [
      `Each ${name} costs ${formatNumber(gradients.value)} gradients for ${formatNumber(ratio)} times the operations of one: ` +
        `${formatNumber(gradients.value / ratio)} times what operations alone let expect.`,
    ];
  });
}

function peakSentence({ peak, rounds, seconds, clock }: TimingSuite): string {
  const { product, flopsPerSecond, bytesPerSecond, callSeconds } = peak;
  return (
    `Peak: ${formatNumber(flopsPerSecond / 1e9)} GFLOP/s (${product}) and ${formatNumber(bytesPerSecond / 1e9)} GB/s, ` +
    `in balance at ${formatNumber(flopsPerSecond / bytesPerSecond, 2)} FLOP/B. ` +
    `A call that computes nothing takes ${formatSeconds(callSeconds.value)}. ` +
    `${rounds} ${rounds === 1 ? 'round' : 'rounds'} in ${formatSeconds(seconds)}${clock === 'cpu' ? '; times are processor time' : ''}.`
  );
}

/** Below this, others are the system itself. */
const QUIET = 0.25;

function sharingSentences({ clock, othersBusy }: TimingSuite): string[] {
  if (clock !== 'cpu' || othersBusy === null || othersBusy <= QUIET) return [];
  return [
    `Others kept ${formatNumber(othersBusy, 2)} processors busy meanwhile: processor time leaves out the waiting, not what they ` +
      'took of caches and memory.',
  ];
}

function searchSentences({ costs }: TimingSuite): string[] {
  const searched = costs.filter(({ lineSearchSteps = 0 }) => lineSearchSteps > 0);
  if (searched.length === 0) return [];
  const list = searched.map(({ name, lineSearchSteps }) => `${name} (${lineSearchSteps})`).join(', ');
  return [
    `Step sizes were reduced by the line search in: ${list}. Each reduction is one more forward pass, counted in the time of ` +
      'the step and left out of the line and of the iteration.',
  ];
}
