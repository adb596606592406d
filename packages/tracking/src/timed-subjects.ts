// The timed subjects of a tracking plan: gradients and Gauss-Newton products by problem, steps by cell.

import { type Locations, setUp, startEngine } from '@gaussmark/cell';
import type { Registry } from '@gaussmark/core';
import { TimedProblem } from '@gaussmark/steps';
import { median } from 'simple-statistics';
import type { TrackedCell } from './plan-tracking.js';
import type { TimedSubject, Turn } from './protocol.js';
import { measureId } from './snapshot.js';

interface Runnable {
  readonly subject: TimedSubject;
  readonly run: () => Promise<unknown>;
}

/** Everything compiled and uploaded, ready to run in turns. */
export class TimedSubjects {
  readonly #runnable = new Map<string, Runnable>();

  private constructor(
    private readonly registry: Registry,
    private readonly locations: Locations,
    private readonly only: readonly string[] | undefined,
  ) {}

  /**
   * @param only ids of the subjects; by default all
   * @throws GaussmarkError if a cell cannot be set up or compiled
   */
  static async prepare(
    cells: readonly TrackedCell[],
    registry: Registry,
    locations: Locations,
    only?: readonly string[],
  ): Promise<TimedSubjects> {
    const subjects = new TimedSubjects(registry, locations, only);
    const groups = new Map<string, TrackedCell[]>();
    for (const tracked of cells) {
      const key = JSON.stringify([tracked.cell.problem.name, tracked.cell.engineLabel]);
      groups.set(key, [...(groups.get(key) ?? []), tracked]);
    }
    for (const members of groups.values()) await subjects.#add(members);
    return subjects;
  }

  get all(): readonly TimedSubject[] {
    return [...this.#runnable.values()].map(({ subject }) => subject);
  }

  /** The members share a problem and an engine. */
  async #add(members: readonly TrackedCell[]): Promise<void> {
    const { registry } = this;
    const { cell } = members[0]!;
    const mine = `${cell.problem.name}/`;
    if (this.only?.every((id) => !id.startsWith(mine))) return;
    const engine = await startEngine(cell, registry);
    const setup = await setUp(cell, registry, this.locations);
    const steps = members.map((member) => ({ cell: member.cell, optimizer: member.optimizer }));
    const suite = { problem: cell.problem, engine: cell.engine, engineLabel: cell.engineLabel, steps };
    const problem = new TimedProblem(engine, setup, suite, registry);
    const named = (optimizer: string | null, quantity: string): TimedSubject => {
      const subject = { problem: cell.problem.name, optimizer, quantity };
      return { id: measureId(subject), ...subject };
    };
    const offer = async (subject: TimedSubject, make: () => Promise<Pick<Runnable, 'run'>>) => {
      if (this.#isWanted(subject.id)) this.#runnable.set(subject.id, { subject, run: (await make()).run });
    };
    const ofProblem = [
      named(null, 'time of a gradient'),
      named(null, 'time of 4 Gauss-Newton products'),
    ] as const;
    if (ofProblem.some(({ id }) => this.#isWanted(id))) {
      const { gradient, products } = await problem.parts();
      if (products.many.count !== 4) throw new Error(`internal: ${products.many.count} products are timed`);
      await offer(ofProblem[0], async () => gradient);
      await offer(ofProblem[1], async () => products.many);
    }
    const data = problem.trainingData();
    for (const step of steps) {
      await offer(named(step.optimizer, 'time of a step'), () => problem.step(step, data));
    }
  }

  #isWanted(id: string): boolean {
    return this.only === undefined || this.only.includes(id);
  }

  /**
   * Runs one turn.
   *
   * @throws RangeError if there is no such subject
   */
  async turn(id: string, milliseconds: number): Promise<Turn> {
    const runnable = this.#runnable.get(id);
    if (runnable === undefined) throw new RangeError(`internal: nothing to time is called '${id}'`);
    const { run } = runnable;
    await run();
    const wall: number[] = [];
    const before = process.cpuUsage();
    const end = performance.now() + milliseconds;
    let last = performance.now();
    do {
      await run();
      const now = performance.now();
      wall.push((now - last) / 1000);
      last = now;
    } while (last < end);
    const { user, system } = process.cpuUsage(before);
    return { wall: median(wall), cpu: (user + system) / 1e6 / wall.length };
  }
}
