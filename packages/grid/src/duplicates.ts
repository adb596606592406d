// Two records of one run must have the same numbers, to the bit: a free check of reproducibility.

import type { RunStatus } from '@gaussmark/analysis';
import { canonicalJson, type JsonValue } from '@gaussmark/core';
import type { RunRecord } from '@gaussmark/harness';

/** Runs that ended by themselves; where others were ended depends on the machine. */
const BY_THEMSELVES: ReadonlySet<RunStatus> = new Set([
  'done',
  'target-reached',
  'budget',
  'diverged',
  'skipped',
]);

/** A number in which two records of one run differ. */
export interface Disagreement {
  readonly id: string;
  /** JSON pointer into the numbers of a run: `/curve/3/testLoss`. */
  readonly pointer: string;
  readonly values: readonly [JsonValue | undefined, JsonValue | undefined];
}

/** The first difference between two records of one run; undefined if they agree, or cannot be compared. */
export function disagreement(a: RunRecord, b: RunRecord): Disagreement | undefined {
  if (![a, b].every(({ header }) => BY_THEMSELVES.has(header.status))) return undefined;
  // Such runs end when a clock says so.
  if (a.body.cell.budget.seconds !== undefined) return undefined;
  const found = firstDifference(numbersOf(a), numbersOf(b), '');
  return found && { id: a.header.id, ...found };
}

/** Everything in a record that is neither a time nor a property of the machine. */
export function numbersOf({ body: { result } }: RunRecord): JsonValue {
  const { status, startHash, curve, steps, innerLoop, warnings } = result;
  const kept = {
    status,
    startHash,
    curve: curve.map(({ seconds: _, ...point }) => point),
    steps: steps.count,
    innerLoop: innerLoop && { iterations: innerLoop.iterationsTotal, stops: innerLoop.stops },
    warnings,
  };
  return JSON.parse(JSON.stringify(kept)) as JsonValue;
}

function firstDifference(
  a: JsonValue | undefined,
  b: JsonValue | undefined,
  pointer: string,
): Omit<Disagreement, 'id'> | undefined {
  const here = { pointer, values: [a, b] } as const;
  if (a === undefined || b === undefined) return a === b ? undefined : here;
  if (canonicalJson(a) === canonicalJson(b)) return undefined;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return here;
  const [one, other] = [a, b] as Readonly<Record<string, JsonValue>>[];
  for (const key of new Set([...Object.keys(one!), ...Object.keys(other!)])) {
    const found = firstDifference(one![key], other![key], `${pointer}/${key}`);
    if (found !== undefined) return found;
  }
  return here;
}
