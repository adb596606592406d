// The engines of a plan: each is started once and asked whether it supports the planned programs.

import type { Program } from '@gaussmark/autodiff';
import type { ChosenPlugin, Engine, Registry } from '@gaussmark/core';
import { callPlugin, loadPlugin } from '@gaussmark/worker';

type Info = Engine['info'];

export class EngineSupport {
  readonly #infos = new Map<string, Info>();
  /** Only engines that declare what they do not support. */
  readonly #asked = new Map<string, Engine>();
  readonly #answers = new Map<Program, Map<Engine, string | null>>();

  constructor(private readonly registry: Registry) {}

  /**
   * Starts an engine, to find out before any run whether it can.
   *
   * @throws GaussmarkError if it cannot start
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

  /** The info of each engine, by label. */
  infos(): Readonly<Record<string, Info>> {
    return Object.fromEntries(this.#infos);
  }

  /**
   * Why a started engine does not support the programs of a run; undefined if it does, or does not know beforehand.
   *
   * @param trace returns the programs; only called if the engine declares support
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
