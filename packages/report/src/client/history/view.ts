// What the sections of a history share: the machine, anchors, links to commits.

import type { HistoryMeasure, HistoryNight, MachineHistory } from '@gaussmark/analysis';
import { shortCommit } from '@gaussmark/analysis/words';
import type { HistoryPageData } from '../../history/page-data.js';
import { element } from '../dom.js';

export interface View {
  readonly data: Pick<HistoryPageData, 'title' | 'created' | 'tool' | 'repository'>;
  readonly machine: MachineHistory;
  /** Fragment identifiers, by the measures' ids. */
  readonly anchors: ReadonlyMap<string, string>;
}

export const anchorsOf = (measures: readonly HistoryMeasure[]): ReadonlyMap<string, string> =>
  new Map(measures.map(({ id }, index) => [id, `measure-${index + 1}`]));

/** The hash of a night's commit, linked if the document names its repository. */
export function commitLink(night: HistoryNight, { repository }: View['data']): HTMLElement {
  const text = shortCommit(night);
  if (repository === undefined || night.commit === null) return element('span', { class: 'commit' }, text);
  return element(
    'a',
    { class: 'commit', href: `${repository}/commit/${night.commit}`, rel: 'noreferrer' },
    text,
  );
}
