// What a cheat is, the honest optimizers beside it, and what is demanded of the two runs.

import type { CellResult } from '../../../cell/src/cell.js';
import { optimizer, type PlayOptions } from './play.js';

/** How a cheat came out beside its honest twin. */
export interface Outcome {
  readonly cheat: CellResult;
  readonly honest: CellResult;
}

export interface Cheat {
  readonly name: string;
  /** What it is after. */
  readonly against: string;
  /** What it does, for the table in docs/protocol.md. */
  readonly trick: string;
  /** The text of its module, after the imports; `create` is its default export's. */
  readonly code: string;
  /** The same for the honest optimizer that it is compared with. Default: {@link SGD}. */
  readonly honest?: string;
  readonly run: PlayOptions;
  /** Which number it wants to be small. Default: the loss that it is evaluated on, at the end. */
  readonly score?: (result: CellResult) => number | null;
  /** It may gain: the run has a warning, or what it does is not a cheat under such a budget. */
  readonly gains?: 'warned' | 'allowed';
  /** What the harness did about it; throws if it did not. */
  readonly verdict: (outcome: Outcome) => string;
}

/** One gradient step. */
export const SGD = optimizer('return { params: descend(problem, params), state, metrics: {} };');

/** Several gradient steps on a mini-batch, one after the other. */
export const unrolled = (steps: number) =>
  optimizer(`
    let at = params;
    for (let k = 0; k < ${steps}; k++) at = descend(problem, at);
    return { params: at, state, metrics: {} };`);

export const pluginOf = ({ name }: Cheat, role: 'cheat' | 'honest') =>
  `${role}-${name.replaceAll(' ', '-').toLowerCase()}`;

/** The modules of cheats and of their honest twins, by the names of their plugins. */
export const pluginsOf = (cheats: readonly Cheat[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    cheats.flatMap((cheat) => [
      [pluginOf(cheat, 'cheat'), cheat.code],
      [pluginOf(cheat, 'honest'), cheat.honest ?? SGD],
    ]),
  );

export const WORK: PlayOptions = { budget: { gradientEquivalents: 60 } };
export const EPOCHS: PlayOptions = { budget: { epochs: 3 } };

export const lastPoint = ({ curve }: CellResult) => curve.at(-1)!;
export const trainLoss = (result: CellResult) => lastPoint(result).trainLoss;
const finalLoss = (result: CellResult) => lastPoint(result).validationLoss ?? lastPoint(result).testLoss;

/** The most that a cheat may gain. */
export const GAIN = 0.01;

/** By how much the score of a cheat is below that of its honest twin; null where it has none. */
export function gainOf(cheat: Cheat, cheating: CellResult, honest: CellResult): number | null {
  if (cheating.status === 'failed' || cheating.status === 'diverged') return null;
  const [own, due] = [cheating, honest].map(cheat.score ?? finalLoss) as [number | null, number | null];
  return own === null || due === null ? null : (due - own) / due;
}

export const work = (result: CellResult) => lastPoint(result).gradientEquivalents!;
export const workPerStep = (result: CellResult) => work(result) / lastPoint(result).iterations;

export function demand(condition: boolean, what: string): void {
  if (!condition) throw new Error(`not so: ${what}`);
}

/** Billed as its twin is, step by step; the counting alone makes a difference. */
export function billedAlike({ cheat, honest }: Outcome): string {
  const [billed, due] = [workPerStep(cheat), workPerStep(honest)];
  demand(
    billed >= due * 0.999 && billed <= due * 1.01,
    `${billed} gradients a step are billed, ${due} were due`,
  );
  return `billed ${due.toFixed(1)} gradients per step`;
}

/** Its curve is that of its twin, but for what it tells of itself and for what it cost. */
export function unmoved({ cheat, honest }: Outcome, told: string): string {
  demand(
    JSON.stringify(cheat.curve.map(untold)) === JSON.stringify(honest.curve.map(untold)),
    'the curve is that of the honest run',
  );
  return told;
}

const untold = ({
  seconds: _,
  metrics: __,
  gradientEquivalents: ___,
  ...point
}: CellResult['curve'][number]) => point;

export function failed({ cheat }: Outcome, pattern: RegExp): string {
  demand(cheat.status === 'failed' && pattern.test(cheat.reason ?? ''), `it failed with ${pattern}`);
  return 'the run fails';
}
