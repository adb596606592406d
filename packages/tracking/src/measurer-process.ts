// The measuring process of a checkout: answers one question after the other until its parent lets go of it.

import { writeSync } from 'node:fs';
import { type Choice, discover, GaussmarkError, type JsonValue, type Registry } from '@gaussmark/core';
import { type Cell, type Locations, locationsOf } from '@gaussmark/harness';
import { hearCalls, WatchedRegistry } from '@gaussmark/worker';
import { cover } from './exercise/cover.js';
import { observeCell } from './observe.js';
import { planTracking, type TrackingPlan } from './plan-tracking.js';
import { type FromMeasurer, PROTOCOL, type Questions, type ToMeasurer } from './protocol.js';
import { TimedSubjects } from './timed-subjects.js';

type Answer = Questions[keyof Questions]['answer'];

class Measurer {
  #planned: { registry: Registry; locations: Locations; plan: TrackingPlan } | undefined;
  #timed: TimedSubjects | undefined;

  async answer(question: ToMeasurer): Promise<Answer> {
    switch (question.type) {
      case 'plan':
        return this.#plan(question);
      case 'observe': {
        const { plan, registry, locations } = this.#demandPlan();
        return observeCell(plan.cells[question.cell]!, registry, locations);
      }
      case 'cover': {
        const { plan, registry, locations } = this.#demandPlan();
        return cover(plan.coverage[question.subject]!, registry, locations);
      }
      case 'prepare': {
        const { plan, registry, locations } = this.#demandPlan();
        this.#timed = await TimedSubjects.prepare(plan.cells, registry, locations, question.only);
        return this.#timed.all;
      }
      case 'turn':
        if (this.#timed === undefined) throw new Error('internal: a turn before anything is prepared');
        return this.#timed.turn(question.subject, question.milliseconds);
      default:
        question satisfies never;
        throw new Error(`internal: unknown question ${JSON.stringify(question)}`);
    }
  }

  async #plan({ request, plugins }: Questions['plan']['ask']): Promise<Questions['plan']['answer']> {
    const locations = locationsOf(process.cwd(), plugins);
    const { cacheDirectory: _, ...discovery } = locations;
    const { plugins: found, broken, notes } = await discover(discovery);
    const registry = new WatchedRegistry(found, broken, notes);
    const plan = await planTracking(request, registry, locations);
    this.#planned = { registry, locations, plan };
    const first = plan.cells[0]?.cell.engineLabel;
    return {
      cells: plan.cells.map(({ cell, optimizer, steps }) => ({
        problem: cell.problem.name,
        optimizer,
        engine: cell.engineLabel,
        steps,
        settings: settingsOf(cell),
      })),
      skipped: [...plan.skipped],
      coverage: plan.coverage,
      engineInfo: first === undefined ? {} : plan.engines[first]!,
    };
  }

  #demandPlan() {
    if (this.#planned === undefined) throw new Error('internal: a measurement before its plan');
    return this.#planned;
  }
}

/** All hyperparameters of a cell, under one name each. */
function settingsOf({ optimizer, problem: { model, dataset } }: Cell): Record<string, JsonValue> {
  const named = (prefix: string, { hyperparameters }: Choice) =>
    Object.entries(hyperparameters).map(([key, value]) => [`${prefix}${key}`, value] as const);
  return Object.fromEntries([
    ...named('', optimizer),
    ...named(`${model.name}.`, model),
    ...named(`${dataset.name}.`, dataset),
  ]);
}

function tell(message: FromMeasurer): void {
  process.send!(message);
}

function explain(error: unknown): FromMeasurer {
  if (error instanceof GaussmarkError) return { type: 'error', reason: error.message, wrongInput: true };
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { type: 'error', reason, wrongInput: false };
}

// A plugin that ends this process is named by the last thing that it says.
let called: string | undefined;
hearCalls({
  onCall: (plugin) => {
    called = plugin;
  },
  onReturn: () => {},
});
process.on('exit', () => {
  if (called !== undefined) writeSync(2, `${called} was called last\n`);
});
process.once('disconnect', () => process.exit(0));
// A Ctrl-C reaches the whole process group: the parent decides what becomes of this process.
process.on('SIGINT', () => {});
process.on('uncaughtException', (error) => tell(explain(error)));
process.on('unhandledRejection', (error) => tell(explain(error)));

const measurer = new Measurer();
process.on('message', (question: ToMeasurer) => {
  measurer.answer(question).then(
    (answer) => tell({ type: 'answer', answer }),
    (error: unknown) => tell(explain(error)),
  );
});
tell({ type: 'hello', protocol: PROTOCOL });
