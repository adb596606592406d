// Shards of a plan for several machines; a plan always splits the same way.

import { createHash } from 'node:crypto';
import type { Cell } from '@gaussmark/cell';
import type { Shard } from '@gaussmark/core';

/**
 * The cells of one shard, in plan order. Shards are disjoint and cover the plan; their cells per problem differ by at most one.
 * Cells are dealt out by a hash of their ids, which do not depend on the machine: keys would differ between machines with other
 * data or versions, and cells would get lost.
 */
export function shardOf(cells: readonly Cell[], { index, count }: Shard): Cell[] {
  const mine = new Set<string>();
  let dealt = 0;
  for (const ids of idsByProblem(cells)) {
    const shuffled = ids.map((id) => ({ id, hash: hashOf(id) })).sort((a, b) => compare(a.hash, b.hash));
    for (const { id } of shuffled) if (dealt++ % count === index - 1) mine.add(id);
  }
  return cells.filter(({ id }) => mine.has(id));
}

function idsByProblem(cells: readonly Cell[]): Iterable<string[]> {
  const groups = new Map<string, string[]>();
  for (const { id, problem } of cells) {
    const group = groups.get(problem.name);
    if (group === undefined) groups.set(problem.name, [id]);
    else group.push(id);
  }
  return groups.values();
}

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');
const compare = (a: string, b: string) => Number(a > b) - Number(a < b);
