// The engines of a plan: each is started once, and asked about the steps that it would run.

import type { Program } from '@gaussmark/autodiff';
import type { ChosenPlugin, Engine, Registry } from '@gaussmark/core';
import { callPlugin, loadPlugin } from '@gaussmark/worker';

type Info = Engine['info'];

export class EngineSupport {
  readonly #infos = new Map<string, Info>();
  /** The engines that can tell what they do not support; the others are not kept. */
  readonly #asked = new Map<string, Engine>();
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
   * Why an engine that was started cannot run one of the programs of a run; undefined if it can, or cannot tell before it
   * tries.
   *
   * @param trace gives the programs, if the engine can tell
   */
  reasonAgainst({ label }: ChosenPlugin<'engine'>, trace: () => readonly Program[]): string | undefined {
    const engine = this.#asked.get(label);
    if (engine === undefined) return undefined;
    for (const program of trace()) {
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
