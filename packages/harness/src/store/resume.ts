// Decides which cells of a plan come from the store, which run, and why.

import type { Cell } from '@gaussmark/cell';
import { differingParts, type Identity, type Part } from './identity.js';
import type { RecordStatus } from './record.js';
import type { Damage, Entry } from './scan.js';
import type { Store } from './store.js';

/** Statuses that `--retry` accepts. */
export const RETRYABLE = ['failed', 'timeout', 'out-of-memory', 'diverged'] as const;
export type Retryable = (typeof RETRYABLE)[number];

export type Decision =
  /** It has ended, and nothing it depends on has changed. */
  | { readonly kind: 'stored'; readonly entry: Entry }
  | { readonly kind: 'new' }
  /** It has ended, but these parts have changed. */
  | { readonly kind: 'changed'; readonly parts: readonly Part[] }
  | { readonly kind: 'retry'; readonly status: RecordStatus }
  /** It has ended, but its trained model is wanted and not there. */
  | { readonly kind: 'unsaved' };

/**
 * The decision for each cell of a plan.
 *
 * @param isSaved whether the model of a stored run is saved; by default, nobody wants it
 */
export function decide(
  cells: readonly Cell[],
  identities: readonly Identity[],
  store: Store,
  retry: readonly Retryable[] = [],
  isSaved: (entry: Entry) => boolean = () => true,
): Decision[] {
  return cells.map((cell, i): Decision => {
    const { key, parts } = identities[i]!;
    const entry = store.get(key);
    if (entry !== undefined) {
      const { status } = entry.header;
      if ((retry as readonly string[]).includes(status)) return { kind: 'retry', status };
      return isSaved(entry) ? { kind: 'stored', entry } : { kind: 'unsaved' };
    }
    const other = store.latest(cell.id);
    if (other === undefined) return { kind: 'new' };
    return { kind: 'changed', parts: differingParts(other.header.parts, parts) };
  });
}

/** Explains the decisions, a line each; empty if all cells are new. */
export function explain(decisions: readonly Decision[], store: Pick<Store, 'damage'>): string[] {
  const lines: string[] = [];
  const stored = decisions.filter((decision) => decision.kind === 'stored');
  const runs = (count: number) => `${count} ${count === 1 ? 'run' : 'runs'}`;
  const are = (count: number) => `${runs(count)} ${count === 1 ? 'is' : 'are'}`;
  if (stored.length > 0) {
    lines.push(
      `${stored.length} of ${runs(decisions.length)} ended earlier and come from the store (--fresh repeats them all)`,
    );
    const broken = stored.filter(
      ({ entry }) => isRetryable(entry.header.status) && entry.header.status !== 'diverged',
    );
    if (broken.length > 0) {
      const statuses = [...new Set(broken.map(({ entry }) => entry.header.status))].sort();
      lines.push(
        `${runs(broken.length)} of those ended badly and ${broken.length === 1 ? 'is' : 'are'} not repeated (--retry ${statuses.join(',')} does)`,
      );
    }
  }
  const changed = new Map<string, number>();
  for (const decision of decisions) {
    if (decision.kind !== 'changed') continue;
    const what = decision.parts.join(', ');
    changed.set(what, (changed.get(what) ?? 0) + 1);
  }
  for (const [what, count] of changed) lines.push(`${are(count)} repeated because of changes to: ${what}`);
  const retried = decisions.filter((decision) => decision.kind === 'retry');
  if (retried.length > 0) {
    const statuses = [...new Set(retried.map(({ status }) => status))].sort();
    lines.push(`${are(retried.length)} repeated after ending as ${statuses.join(' or ')} (--retry)`);
  }
  const unsaved = decisions.filter((decision) => decision.kind === 'unsaved');
  if (unsaved.length > 0) lines.push(`${are(unsaved.length)} repeated to save the trained parameters`);
  return [...lines, ...explainDamage(store.damage)];
}

/** Describes the damage of a store, a line per file. */
export function explainDamage(damage: Store['damage']): string[] {
  const byFile = new Map<string, Damage[]>();
  for (const each of damage) byFile.get(each.file)?.push(each) ?? byFile.set(each.file, [each]);
  return [...byFile].map(([file, all]) => {
    const [{ offset, kind }] = all as [Damage];
    if (all.length > 1)
      return `ignored ${all.length} unreadable records in ${file}, the first at byte ${offset}`;
    return `ignored ${kind === 'unfinished' ? 'an unfinished' : 'an unreadable'} record in ${file}, at byte ${offset}`;
  });
}

function isRetryable(status: RecordStatus): boolean {
  return (RETRYABLE as readonly string[]).includes(status);
}
