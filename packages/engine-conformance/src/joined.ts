// Cases that run as one program, where compiling each of some 1600 would take minutes.

import type { DType } from '@gaussmark/autodiff';
import type { ConformanceCase } from './case.js';

/** Cases of a subject and dtype, and the program of all of them together. */
export interface JoinedCases {
  readonly subject: string;
  readonly dtype: DType;
  readonly cases: readonly ConformanceCase[];
  /** The cases as one, with the first one's tolerance. */
  readonly joined: ConformanceCase;
}

/**
 * Joins cases of the same subject, dtype and tolerance. Those with hosted loops or relative to an update stay alone, since their
 * iterations and changes are counted.
 *
 * @internal
 */
export function joinedCases(cases: readonly ConformanceCase[]): readonly JoinedCases[] {
  const groups = new Map<string, ConformanceCase[]>();
  for (const [i, each] of cases.entries()) {
    const { subject, dtype, tolerance } = each;
    const isAlone = each.loops === 'hosted' || each.updates !== undefined;
    const key = isAlone ? String(i) : JSON.stringify([subject, dtype, tolerance]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [each]);
    else group.push(each);
  }
  return [...groups.values()].map((group) => {
    const { subject, dtype } = group[0]!;
    return { subject, dtype, cases: group, joined: group.length === 1 ? group[0]! : join(group) };
  });
}

function join(group: readonly ConformanceCase[]): ConformanceCase {
  return {
    ...group[0]!,
    name: group.map(({ name }) => name).join('; '),
    program: {
      inputs: group.flatMap(({ program }) => program.inputs),
      equations: group.flatMap(({ program }) => program.equations),
      outputs: group.flatMap(({ program }) => program.outputs),
    },
    inputs: group.flatMap(({ inputs }) => inputs),
  };
}
