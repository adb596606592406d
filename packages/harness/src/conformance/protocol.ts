// What goes between the command and the process in which an engine is checked. All JSON.

import type { CaseResult, NextCase } from '@gaussmark/engine-conformance';
import type { Choice, Surroundings } from '../cell/cell.js';

/** Surroundings whose plugins the command has found: the process does not look again. */
export type KnownSurroundings = Surroundings & Required<Pick<Surroundings, 'plugins'>>;

/** @internal */
export interface ToCheckWorker {
  readonly engine: Choice;
  /** Whose steps are checked too. */
  readonly problems: readonly string[];
  readonly surroundings: KnownSurroundings;
}

/** @internal */
export type FromCheckWorker =
  | { readonly type: 'started'; readonly info: Readonly<Record<string, string | number | boolean>> }
  /** What comes next, told before it is tried. */
  | { readonly type: 'next'; readonly next: NextCase }
  | { readonly type: 'result'; readonly result: CaseResult; readonly done: number; readonly total: number }
  | { readonly type: 'end' }
  | { readonly type: 'error'; readonly reason: string };
