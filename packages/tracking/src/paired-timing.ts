// Times two checkouts side by side: their processes take turns in short rounds, on one machine in the same minutes.

import type { NoiseFloor } from '@gaussmark/statistics';
import type { Clock } from '@gaussmark/steps';
import type { Checkout } from './checkout.js';
import { Measurer } from './measurer.js';
import type { TrackingRequest } from './plan-tracking.js';
import type { TimedSubject } from './protocol.js';
import {
  type DecisionOptions,
  decide,
  type SidedSamples,
  sessionFloor,
  type TimedFinding,
  TURN_CLOCKS,
} from './timed-decision.js';

type Side = 'from' | 'to';

export interface PairedOptions {
  readonly request: TrackingRequest;
  /** The plugins given by path, of each side. */
  readonly plugins: Readonly<Record<Side, readonly string[]>>;
  /** The most rounds; fewer if everything is decided earlier. */
  readonly rounds: number;
  /** Milliseconds per turn. */
  readonly milliseconds: number;
  readonly threshold: number;
  /** Noise floors of a previous session; they apply here too, where fewer samples estimate them. */
  readonly floors?: PairedTimings['floors'];
  readonly onProgress: (what: string, done: number, total: number) => void;
  readonly signal: AbortSignal;
}

/** Processes per side. Two of one side show the difference between equal code. */
const PROCESSES = 2;
/** When samples are examined, as shares of all rounds: decided subjects need no more. */
const LOOKS = [1 / 4, 1 / 2, 1];
const LEVEL = 0.95;

export interface TimedOutcome {
  readonly subject: TimedSubject;
  /** Findings by clock; processor time does not include waiting. */
  readonly findings: Readonly<Partial<Record<Clock, TimedFinding>>>;
  readonly samples: Readonly<Record<Clock, SidedSamples>>;
}

export interface PairedTimings {
  readonly outcomes: readonly TimedOutcome[];
  readonly floors: Readonly<Partial<Record<Clock, NoiseFloor>>>;
  /** Subjects of only one side. */
  readonly onlyFrom: readonly TimedSubject[];
  readonly onlyTo: readonly TimedSubject[];
}

/** The deciding clocks, the main one first: processor time is a duration only with a single thread. */
export const clocksFor = (threads: unknown): readonly Clock[] => (threads === 1 ? ['cpu', 'wall'] : ['wall']);

interface Turned {
  readonly side: Side;
  readonly index: number;
  readonly measurer: Measurer;
}

/**
 * Times what both checkouts have. In each round every process runs every subject, in the order A B B A and then B A A B. After a
 * quarter and half of the rounds, decided subjects drop out.
 *
 * @param only ids of the subjects to time; by default all
 * @throws GaussmarkError if the request is wrong
 * @throws MeasurerFailure if a process cannot measure
 */
export async function timePaired(
  from: Checkout,
  to: Checkout,
  options: PairedOptions,
  only?: readonly string[],
): Promise<PairedTimings> {
  const { signal, request, plugins, onProgress } = options;
  const turns: Turned[] = [];
  const stop = () => {
    for (const { measurer } of turns) measurer.stop();
  };
  signal.throwIfAborted();
  signal.addEventListener('abort', stop, { once: true });
  try {
    onProgress('compiling what is timed', 0, 1);
    for (let index = 0; index < PROCESSES; index++) {
      for (const side of ['from', 'to'] as const) {
        turns.push({ side, index, measurer: new Measurer(side === 'from' ? from : to) });
      }
    }
    const prepared = await Promise.all(
      turns.map(async ({ side, measurer }) => {
        const { engineInfo } = await measurer.ask('plan', { request, plugins: plugins[side] });
        return { engineInfo, subjects: await measurer.ask('prepare', only === undefined ? {} : { only }) };
      }),
    );
    const [ofFrom, ofTo] = [prepared[0]!.subjects, prepared[1]!.subjects];
    const has = (list: readonly TimedSubject[]) => (subject: TimedSubject) =>
      list.some(({ id }) => id === subject.id);
    const clocks = clocksFor(prepared[0]!.engineInfo.threads);
    const rounds = new Rounds(turns, ofFrom.filter(has(ofTo)), clocks, options);
    return {
      ...(await rounds.run()),
      onlyFrom: ofFrom.filter((subject) => !has(ofTo)(subject)),
      onlyTo: ofTo.filter((subject) => !has(ofFrom)(subject)),
    };
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

class Rounds {
  readonly #samples: ReadonlyMap<string, Record<Clock, { from: number[][]; to: number[][] }>>;
  readonly #decision: DecisionOptions;

  constructor(
    private readonly turns: readonly Turned[],
    private readonly subjects: readonly TimedSubject[],
    private readonly clocks: readonly Clock[],
    private readonly options: PairedOptions,
  ) {
    const empty = () => ({ from: processes(), to: processes() });
    const processes = () => Array.from({ length: PROCESSES }, (): number[] => []);
    this.#samples = new Map(subjects.map(({ id }) => [id, { cpu: empty(), wall: empty() }]));
    this.#decision = { threshold: options.threshold, looks: LOOKS.length, level: LEVEL };
  }

  async run(): Promise<Pick<PairedTimings, 'outcomes' | 'floors'>> {
    const { rounds, onProgress } = this.options;
    let open = this.subjects;
    let done = 0;
    let result = this.look();
    for (const share of LOOKS) {
      const until = Math.max(1, Math.round(share * rounds));
      for (; done < until && open.length > 0; done++) {
        onProgress(`timing ${open.length} ${open.length === 1 ? 'thing' : 'things'} in turns`, done, rounds);
        for (const subject of open) await this.turn(subject, done);
      }
      result = this.look();
      open = result.outcomes.filter((outcome) => this.isOpen(outcome)).map(({ subject }) => subject);
    }
    return result;
  }

  private async turn({ id }: TimedSubject, round: number): Promise<void> {
    const samples = this.#samples.get(id)!;
    for (const { side, index, measurer } of orderOf(this.turns, round)) {
      const turn = await measurer.ask('turn', { subject: id, milliseconds: this.options.milliseconds });
      for (const clock of TURN_CLOCKS) samples[clock][side][index]!.push(turn[clock]);
    }
  }

  private look(): Pick<PairedTimings, 'outcomes' | 'floors'> {
    const sampled = this.subjects.filter(({ id }) => this.#samples.get(id)!.wall.from[0]!.length > 0);
    const floors = Object.fromEntries(
      this.clocks.flatMap((clock) => {
        const own = sessionFloor(
          sampled.map(({ id }) => this.#samples.get(id)![clock]),
          LEVEL,
        );
        const all = [own, this.options.floors?.[clock]].filter((floor) => floor != null);
        const highest = all.sort((a, b) => b.relative - a.relative)[0];
        return highest === undefined ? [] : [[clock, highest]];
      }),
    ) as PairedTimings['floors'];
    const outcomes = sampled.map((subject) => {
      const samples = this.#samples.get(subject.id)!;
      const findings = Object.fromEntries(
        this.clocks.map((clock) => [clock, decide(samples[clock], floors[clock] ?? null, this.#decision)]),
      ) as TimedOutcome['findings'];
      return { subject, samples, findings };
    });
    return { outcomes, floors };
  }

  /** Whether to take more samples: the main clock is undecided, or the other leans towards slower. */
  private isOpen({ findings }: TimedOutcome): boolean {
    return this.clocks.some((clock, i) => {
      const { decision, ratio, margin } = findings[clock]!;
      return decision === 'undecided' && (i === 0 || ratio.value > 1 + margin);
    });
  }
}

/** A B B A in even rounds, B A A B in odd ones. */
function orderOf(turns: readonly Turned[], round: number): readonly Turned[] {
  const [a1, b1, a2, b2] = turns as readonly [Turned, Turned, Turned, Turned];
  return round % 2 === 0 ? [a1, b1, b2, a2] : [b1, a1, a2, b2];
}
