// What is timed of the cells of a tracking plan: gradients and Gauss-Newton products by problem, steps by cell.

import type { Engine, Registry } from '@gaussmark/core';
import type { Surroundings } from '../cell/cell.js';
import { startEngine } from '../cell/run-cell.js';
import { setUp } from '../cell/setup.js';
import { TimedProblem } from '../steps/subjects.js';
import type { TrackedCell } from './plan-tracking.js';
import type { TimedSubject, Turn } from './protocol.js';
import { measureId } from './snapshot.js';

interface Runnable {
  readonly subject: TimedSubject;
  readonly run: () => Promise<unknown>;
}

/** Everything compiled and on its buffers, ready to be run in turns. */
export class TimedSubjects {
  readonly #runnable = new Map<string, Runnable>();
  readonly #engines: Engine[] = [];

  private constructor(
    private readonly registry: Registry,
    private readonly surroundings: Surroundings,
  ) {}

  /** @throws GaussmarkError if a cell cannot be set up or compiled */
  static async prepare(
    cells: readonly TrackedCell[],
    registry: Registry,
    surroundings: Surroundings,
  ): Promise<TimedSubjects> {
    const subjects = new TimedSubjects(registry, surroundings);
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
    const engine = await startEngine(cell, registry);
    this.#engines.push(engine);
    const setup = await setUp(cell, registry, this.surroundings);
    const steps = members.map((member) => ({ cell: member.cell, optimizer: member.optimizer }));
    const suite = { problem: cell.problem, engine: cell.engine, engineLabel: cell.engineLabel, steps };
    const problem = new TimedProblem(engine, setup, suite, registry);
    const { gradient, products } = await problem.parts();
    const offer = (optimizer: string | null, quantity: string, { run }: Pick<Runnable, 'run'>) => {
      const named = { problem: cell.problem.name, optimizer, quantity };
      const id = measureId(named);
      this.#runnable.set(id, { subject: { id, ...named }, run });
    };
    offer(null, 'time of a gradient', gradient);
    offer(null, `time of ${products.many.count} Gauss-Newton products`, products.many);
    const data = problem.trainingData();
    for (const step of steps) offer(step.optimizer, 'time of a step', await problem.step(step, data));
  }

  /**
   * One turn.
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
    wall.sort((a, b) => a - b);
    return { wall: wall[Math.floor(wall.length / 2)]!, cpu: (user + system) / 1e6 / wall.length };
  }

  async dispose(): Promise<void> {
    for (const engine of this.#engines) await engine.dispose();
  }
}
