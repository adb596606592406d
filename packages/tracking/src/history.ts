// The report of histories: nights in commit order, measures as series with their changes.

import {
  analyzeSeries,
  HISTORY_REPORT_FORMAT,
  HISTORY_REPORT_SCHEMA_VERSION,
  type HistoryChange,
  type HistoryMeasure,
  type HistoryNight,
  type HistoryReport,
  type MachineHistory,
} from '@gaussmark/analysis';
import { isOpen } from '@gaussmark/analysis/words';
import { VERSION } from '@gaussmark/cell';
import { defined } from '@gaussmark/core';
import {
  type Acknowledgement,
  distinctNights,
  type HistoryFile,
  type Night,
  type NightMeasure,
} from './history-file.js';

export interface HistoryFrame {
  readonly created: Date;
  readonly title?: string | undefined;
  /** The repository's URL; commits are at /commit/<hash>. */
  readonly repository?: string | undefined;
}

/** All histories as one document, the most recently measured machine first. Files of one class of machines are merged. */
export function historyReport(files: readonly HistoryFile[], frame: HistoryFrame): HistoryReport {
  const nights = distinctNights(files);
  const acknowledgements = files.flatMap((file) => file.acknowledgements);
  const classes = [...new Set(nights.map(({ machine }) => machine))];
  const machines = classes.map((machine) =>
    machineHistory(
      machine,
      nights.filter((night) => night.machine === machine),
      acknowledgements,
    ),
  );
  const lastMeasured = ({ nights }: MachineHistory) =>
    Math.max(...nights.map(({ created }) => Date.parse(created)));
  return {
    format: HISTORY_REPORT_FORMAT,
    schemaVersion: HISTORY_REPORT_SCHEMA_VERSION,
    created: frame.created.toISOString(),
    tool: { name: 'gaussmark', version: VERSION },
    title: frame.title ?? 'Night by night',
    ...defined({ repository: frame.repository }),
    machines: machines.sort((a, b) => lastMeasured(b) - lastMeasured(a)),
  };
}

/** Measures whose last change is neither an improvement nor acknowledged. */
export const openMeasures = ({ machines }: HistoryReport): HistoryMeasure[] =>
  machines.flatMap(({ measures }) => measures.filter(isOpen));

function machineHistory(
  machine: string,
  unordered: readonly Night[],
  acknowledgements: readonly Acknowledgement[],
): MachineHistory {
  const nights = inOrderOfCommits(unordered);
  const heads = nights.map(({ created, revision }): HistoryNight => {
    const { commit, subject, date, dirty } = revision;
    return { created, commit, subject, date, dirty };
  });
  // The last night first, so current measures precede discontinued ones.
  const ids = new Set(nights.toReversed().flatMap(({ measures }) => measures.map(({ id }) => id)));
  const byNight = nights.map(({ measures }) => new Map(measures.map((measure) => [measure.id, measure])));
  return {
    machine,
    nights: heads,
    measures: [...ids].map((id) => {
      const series = byNight.flatMap((measures, night) => {
        const measure = measures.get(id);
        return measure === undefined ? [] : [{ night, measure }];
      });
      const history = measureHistory(series);
      return {
        ...history,
        changes: history.changes.map((change) => acknowledged(change, history, heads, acknowledgements)),
      };
    }),
  };
}

/**
 * Orders nights by commit date, so a commit measured later, to locate a change, takes its place; nights of one commit by the time
 * of measurement.
 */
export function inOrderOfCommits(nights: readonly Night[]): Night[] {
  const time = ({ revision, created }: Night) => Date.parse(revision.date ?? created);
  return nights.toSorted((a, b) => time(a) - time(b) || Date.parse(a.created) - Date.parse(b.created));
}

function measureHistory(
  series: readonly { readonly night: number; readonly measure: NightMeasure }[],
): HistoryMeasure {
  const { id, problem, optimizer, quantity, tier, unit, better } = series.at(-1)!.measure;
  const points = series.map(({ night, measure: { value, low, high, count } }) => ({
    night,
    value,
    ...(low === undefined || high === undefined ? {} : { low, high }),
    ...defined({ samples: count }),
  }));
  const tolerances = series.map(({ measure }) => measure.tolerance);
  return {
    id,
    problem,
    optimizer,
    quantity,
    tier,
    unit,
    better,
    points,
    ...analyzeSeries(points, { tier, better, tolerances }),
  };
}

/** How many nights a change in noisy times may move as nights are added, and still count as acknowledged. */
const STEP_SLACK = 3;
const DRIFT_SLACK = 10;

/** The latest acknowledgement of a change counts. */
function acknowledged(
  change: HistoryChange,
  { id, tier }: HistoryMeasure,
  nights: readonly HistoryNight[],
  acknowledgements: readonly Acknowledgement[],
): HistoryChange {
  const slack = tier === 'hard' ? 0 : change.kind === 'step' ? STEP_SLACK : DRIFT_SLACK;
  const word = acknowledgements.findLast(
    ({ commit, measure }) =>
      (measure === null || measure === id) &&
      nights.some(
        (night, index) =>
          night.commit?.startsWith(commit) === true &&
          index >= change.start - slack &&
          index <= change.end + slack,
      ),
  );
  return word === undefined ? change : { ...change, acknowledged: word.reason };
}
