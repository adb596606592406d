// A revision of the code: its commit with subject and date, and its name.

import type { ReportEnvironment } from '@gaussmark/analysis';
import { git } from '@gaussmark/harness';
import type { Revision } from './snapshot.js';

/** The commit of a folder; all null without git or a repository. */
export async function describeRevision(
  directory: string,
  { gitCommit, gitDirty }: Pick<ReportEnvironment, 'gitCommit' | 'gitDirty'>,
): Promise<Revision> {
  const none = { commit: gitCommit, dirty: gitDirty, subject: null, date: null };
  if (gitCommit === null) return none;
  try {
    const log = await git(directory, 'log', '-1', '--format=%cI%n%s', gitCommit);
    const [date, subject] = log.split('\n');
    return { ...none, date: date ?? null, subject: subject ?? null };
  } catch {
    return none;
  }
}

/**
 * `2f3a9c1 "Count loops once"`, `2f3a9c1 with changes`, or `an unknown revision`. Control characters in a subject, which would
 * steer a terminal, are removed.
 */
export function revisionWords({ commit, subject, dirty }: Revision): string {
  if (commit === null) return 'an unknown revision';
  return [
    commit.slice(0, 10),
    ...(subject === null ? [] : [`"${subject.replaceAll(/\p{Cc}+/gu, ' ')}"`]),
    ...(dirty ? ['with changes'] : []),
  ].join(' ');
}
