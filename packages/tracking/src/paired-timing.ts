// Timing two checkouts side by side: processes of both take turns in short rounds, on the same machine in the same minutes.

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
  /** By path, of each side. */
  readonly plugins: Readonly<Record<Side, readonly string[]>>;
  /** Most rounds; fewer where everything is decided earlier. */
  readonly rounds: number;
  /** Milliseconds that a turn lasts. */
  readonly milliseconds: number;
  readonly threshold: number;
  /** Floors of a session before: they hold for this one as well, which may have less to measure its own by. */
  readonly floors?: PairedTimings['floors'];
  readonly onProgress: (what: string, done: number, total: number) => void;
  readonly signal: AbortSignal;
}

/** Processes of each side. Two of one side are how far equal code comes out apart. */
const PROCESSES = 2;
/** Rounds after which samples are looked at, as shares of the most rounds: what is decided needs no more. */
const LOOKS = [1 / 4, 1 / 2, 1];
const LEVEL = 0.95;

export interface TimedOutcome {
  readonly subject: TimedSubject;
  /** What decided; processor time does not see waiting. */
  readonly findings: Readonly<Partial<Record<Clock, TimedFinding>>>;
  readonly samples: Readonly<Record<Clock, SidedSamples>>;
}

export interface PairedTimings {
  readonly outcomes: readonly TimedOutcome[];
  readonly floors: Readonly<Partial<Record<Clock, NoiseFloor>>>;
  /** Only one side has these. */
  readonly onlyFrom: readonly TimedSubject[];
  readonly onlyTo: readonly TimedSubject[];
}

/** The clocks that decide: processor time is a duration only where one thread works. The first one is the main one. */
export const clocksFor = (threads: unknown): readonly Clock[] => (threads === 1 ? ['cpu', 'wall'] : ['wall']);

interface Turned {
  readonly side: Side;
  readonly index: number;
  readonly measurer: Measurer;
}

/**
 * Times what both checkouts have, in rounds: in each, every subject is run by every process, A B B A and then B A A B. After
 * a quarter and half of the rounds what is decided is left alone.
 *
 * @param only ids of what to time; everything if left out
 * @throws GaussmarkError if the request is wrong, or a checkout cannot be asked
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

  /** Whether more samples are wanted: the main clock is undecided, or the other one leans towards slower. */
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
