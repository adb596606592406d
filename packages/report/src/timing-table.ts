// A timing suite as a table: the cost of each part of a step.

import type { TimingCost, TimingEstimate, TimingLine, TimingSuite } from '@gaussmark/analysis';
import {
  type ColumnOf,
  estimateCell,
  formatCount,
  formatFactor,
  formatNumber,
  formatQuantity,
  formatSeconds,
  joinCell,
  NOTHING,
  type NotedTable,
  nameColumn,
  numberCell,
  numberColumn,
  type TextCell,
  textCell,
  textColumn,
  textTable,
} from '@gaussmark/analysis/words';

export interface TimingTable extends NotedTable {
  /** Why not to trust the times; null if they can be trusted. */
  readonly warning: string | null;
}

const percent = (share: TimingEstimate | null): string =>
  share === null ? NOTHING : `${formatNumber(100 * share.value, share.value < 1 ? 2 : 3)} %`;

const gigaCell = (perSecond: number | null): TextCell =>
  numberCell(perSecond, (value) => formatNumber(value / 1e9));

/** A unit has no spread. */
const spreadCell = (estimate: TimingEstimate, format: (value: number) => string = formatNumber): TextCell =>
  estimate.low === estimate.high ? numberCell(estimate.value, format) : estimateCell(estimate, format);

const columnsFor = (gradient: TimingCost): ColumnOf<TimingCost>[] => [
  nameColumn('part', ({ name }) => name, 'What was timed'),
  numberColumn(
    'time',
    ({ seconds }) => spreadCell(seconds, formatSignedSeconds),
    'Median over the rounds with 95 % interval',
  ),
  numberColumn(
    'gradients',
    ({ gradients }) => spreadCell(gradients),
    'Time relative to a gradient in the same round',
  ),
  numberColumn(
    'FLOP ratio',
    ({ flops }) => numberCell(gradient.flops === 0 ? null : flops / gradient.flops, formatFactor),
    'Operations relative to a gradient: the expected cost in gradients if only operations mattered',
  ),
  numberColumn(
    'GFLOP/s',
    ({ flopsPerSecond }) => gigaCell(flopsPerSecond),
    'Billions of operations per second, as counted in the program',
  ),
  numberColumn(
    '% of peak',
    ({ peakShare }) => textCell(percent(peakShare), { key: peakShare?.value ?? null }),
    'Relative to the fastest single operation with this engine, dtype and thread count in the same rounds',
  ),
  numberColumn(
    'GB/s',
    ({ bytesPerSecond }) => gigaCell(bytesPerSecond),
    'Bytes of all operands and results per second, as if none were cached',
  ),
  numberColumn(
    'FLOP/B',
    ({ intensity }) => numberCell(intensity, (value) => formatNumber(value, 2)),
    'Arithmetic intensity: operations per byte',
  ),
  textColumn(
    'limit',
    ({ limit, limitShare }) => `${limit} ${percent(limitShare)}`,
    'The roofline limit at this intensity, and the share of it reached. Above 100 %: operands came from a cache. Far below: fixed costs of operations dominate.',
  ),
];

/** A duration obtained as a difference may be negative. */
const formatSignedSeconds = (seconds: number): string =>
  seconds < 0 ? `−${formatSeconds(-seconds)}` : formatSeconds(seconds);

export function timingTable(suite: TimingSuite): TimingTable {
  const gradient = suite.costs.find(({ kind }) => kind === 'gradient');
  return {
    title: timingTitle(suite),
    ...(gradient === undefined ? { columns: [], rows: [] } : textTable(columnsFor(gradient), suite.costs)),
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
  const counted = typeof threads === 'number' ? ` with ${formatQuantity(threads, 'thread')}` : '';
  return `${problem}, batches of ${formatCount(batchSize)}, ${dtype}, ${engine.replace(/\[threads=\d+\]$/, '')}${counted}`;
}

/** `A step of sgn(n) takes 1.31 [1.28, 1.33] + 0.71 [0.70, 0.73] n steps of sgd; ...` */
export function lineSentence({ optimizer, baseline, intercept, slope, published }: TimingLine): string {
  const words = (estimate: TimingEstimate) => joinCell(spreadCell(estimate));
  const theirs =
    published === undefined
      ? ''
      : ` ${published.title}: ${formatNumber(published.intercept)} + ${formatNumber(published.slope)} n.`;
  return `A step of ${optimizer}(n) takes ${words(intercept)} + ${words(slope)} n steps of ${baseline}.${theirs}`;
}

/** `Each CG iteration costs 1.29 gradients with 1.17 times the operations of one: 1.10 times the cost expected from operations alone.` */
function iterationSentences({ costs }: TimingSuite): string[] {
  const gradient = costs.find(({ kind }) => kind === 'gradient');
  return costs.flatMap(({ kind, name, gradients, flops }) => {
    if (kind !== 'innerIteration' || gradient === undefined || gradients.value <= 0) return [];
    const ratio = flops / gradient.flops;
    return [
      `Each ${name} costs ${formatNumber(gradients.value)} gradients with ${formatNumber(ratio)} times the operations of one: ` +
        `${formatNumber(gradients.value / ratio)} times the cost expected from operations alone.`,
    ];
  });
}

function peakSentence({ peak, rounds, seconds, clock }: TimingSuite): string {
  const { product, flopsPerSecond, bytesPerSecond, callSeconds } = peak;
  return (
    `Peak: ${formatNumber(flopsPerSecond / 1e9)} GFLOP/s (${product}) and ${formatNumber(bytesPerSecond / 1e9)} GB/s, ` +
    `balanced at ${formatNumber(flopsPerSecond / bytesPerSecond, 2)} FLOP/B. ` +
    `An empty call takes ${formatSeconds(callSeconds.value)}. ` +
    `${formatQuantity(rounds, 'round')} in ${formatSeconds(seconds)}${clock === 'cpu' ? '; times are CPU time' : ''}.`
  );
}

/** Busy processors that the system itself accounts for. */
const QUIET = 0.25;

function sharingSentences({ clock, othersBusy }: TimingSuite): string[] {
  if (clock !== 'cpu' || othersBusy === null || othersBusy <= QUIET) return [];
  return [
    `Other processes kept ${formatNumber(othersBusy, 2)} processors busy. CPU time excludes waiting for them, but not their use of ` +
      'caches and memory.',
  ];
}

function searchSentences({ costs }: TimingSuite): string[] {
  const searched = costs.filter(({ lineSearchSteps = 0 }) => lineSearchSteps > 0);
  if (searched.length === 0) return [];
  const list = searched.map(({ name, lineSearchSteps }) => `${name} (${lineSearchSteps})`).join(', ');
  return [
    `The line search reduced step sizes in: ${list}. Each reduction is one more forward pass: included in the time of the step, ` +
      'excluded from the line and the iteration.',
  ];
}
