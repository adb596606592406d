// The engines of a plan: each is started once, and asked about the steps that it would run.

import type { Program } from '@gaussmark/autodiff';
import type { Engine, Optimizer, Registry } from '@gaussmark/core';
import { evaluationProgram, initProgram, type Subject } from '../cell/programs.js';
import { onRows, traceStep } from '../cell/step.js';
import { callPlugin, loadPlugin } from './plugin-call.js';
import type { ChosenPlugin } from './plugin-choice.js';

/** What the step of a problem is traced for. */
export interface TracedProblem {
  readonly subject: Subject;
  readonly batchSize: number;
}

type Info = Engine['info'];

export class EngineSupport {
  readonly #infos = new Map<string, Info>();
  /** The engines that can tell what they do not support; the others are not kept. */
  readonly #asked = new Map<string, Engine>();
  readonly #programs = new Map<TracedProblem, Map<ChosenPlugin<'optimizer'>, readonly Program[]>>();
  readonly #answers = new Map<Program, Map<Engine, string | null>>();

  constructor(private readonly registry: Registry) {}

  /**
   * Starts an engine, so that one that cannot start is found out before anything runs.
   *
   * @throws GaussmarkError if it cannot
   */
  async start({ entry, choice, label }: ChosenPlugin<'engine'>): Promise<void> {
    if (this.#infos.has(label)) return;
    const plugin = await loadPlugin(this.registry, entry);
    const { engine, info } = await callPlugin('engine', entry.name, async () => {
      const engine = await plugin.create(choice.hyperparameters);
      return { engine, info: JSON.parse(JSON.stringify(engine.info)) as Info };
    });
    this.#infos.set(label, info);
    if (engine.unsupported === undefined) await engine.dispose();
    else this.#asked.set(label, engine);
  }

  /** What each engine says of itself, by its label. */
  infos(): Readonly<Record<string, Info>> {
    return Object.fromEntries(this.#infos);
  }

  /**
   * Why an engine that was started cannot run the step of an optimizer on a problem, or the problem's evaluation;
   * undefined if it can, or cannot tell before it tries.
   */
  reasonAgainst(
    { label }: ChosenPlugin<'engine'>,
    optimizer: ChosenPlugin<'optimizer'>,
    instance: Optimizer,
    problem: TracedProblem,
    trainSize: number,
  ): string | undefined {
    const engine = this.#asked.get(label);
    if (engine === undefined) return undefined;
    const known = this.#programs.get(problem) ?? new Map<ChosenPlugin<'optimizer'>, readonly Program[]>();
    this.#programs.set(problem, known);
    const programs = known.get(optimizer) ?? tracePrograms(instance, problem, trainSize);
    known.set(optimizer, programs);
    for (const program of programs) {
      const reason = this.#ask(engine, program);
      if (reason !== null) return `engine '${label}' ${reason}`;
    }
    return undefined;
  }

  #ask(engine: Engine, program: Program): string | null {
    const answers = this.#answers.get(program) ?? new Map<Engine, string | null>();
    this.#answers.set(program, answers);
    const known = answers.get(engine);
    if (known !== undefined) return known;
    const answer = engine.unsupported!(program);
    answers.set(engine, answer);
    return answer;
  }

  async dispose(): Promise<void> {
    const engines = [...this.#asked.values()];
    this.#asked.clear();
    for (const engine of engines) await engine.dispose();
  }
}

/** The programs of a run; none if the optimizer's step throws, which is for its run to tell. */
function tracePrograms(
  optimizer: Optimizer,
  { subject, batchSize }: TracedProblem,
  trainSize: number,
): readonly Program[] {
  const size = Math.min(batchSize, trainSize);
  try {
    const init = initProgram(optimizer, subject);
    const step = onRows(traceStep(optimizer, subject, init.state, size), trainSize);
    return [init.program, step, evaluationProgram(subject, trainSize, size)];
  } catch {
    return [];
  }
}
