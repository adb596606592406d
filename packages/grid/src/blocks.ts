// Blocks: what travels to one machine together.

import type { Cell } from '@gaussmark/cell';

/** The contestants of one problem and seed: their paired timings stay on one machine. */
export interface Block {
  /** From 0, in the order of the plan. */
  readonly index: number;
  readonly problem: string;
  readonly seed: number;
  /** Indices of its cells in the plan, in order. */
  readonly cells: readonly number[];
}

/** The blocks of a plan, in the order of their first cells. */
export function blocksOf(cells: readonly Pick<Cell, 'problem' | 'seed'>[]): Block[] {
  const blocks = new Map<string, { problem: string; seed: number; cells: number[] }>();
  for (const [index, { problem, seed }] of cells.entries()) {
    const key = JSON.stringify([problem.name, seed]);
    const known = blocks.get(key);
    if (known === undefined) blocks.set(key, { problem: problem.name, seed, cells: [index] });
    else known.cells.push(index);
  }
  return [...blocks.values()].map((block, index) => ({ index, ...block }));
}
