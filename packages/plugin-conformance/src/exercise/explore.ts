// Finds which hyperparameters of a plugin change its numbers: varies each alone, then with others, until it has an effect.

import {
  canonicalJson,
  completeHyperparameters,
  defaultsOf,
  formatSelection,
  type HyperparameterValues,
  type Manifest,
} from '@gaussmark/core';
import { differs, type Observed, type Outcome } from './outcome.js';
import { boundsOf, valuesToTry } from './values.js';

/** A setting, as text, with its number. */
export interface TriedSetting extends Observed {
  readonly selection: string;
}

export interface Effect {
  readonly hyperparameter: string;
  readonly status: 'exercised' | 'inert' | 'not run';
  /** The setting it needs to have an effect: `schedule=step`. */
  readonly together?: string;
  /** Why it is not exercised. */
  readonly reason?: string;
}

export interface Exploration {
  readonly settings: readonly TriedSetting[];
  readonly effects: readonly Effect[];
}

/** The most settings tried to find what a hyperparameter acts with. */
const MOST_TRIES = 400;
/** Its values tried in each of them. */
const VALUES_TOGETHER = 3;

type Setting = HyperparameterValues;

interface Active {
  /** The changes to the base that show the effect, including the hyperparameter itself. */
  readonly setting: Setting;
  readonly outcome: Outcome;
}

/**
 * Tries the settings of a plugin: the base and the defaults; each hyperparameter alone, with every value worth trying; those
 * without an effect, together with settings that have one; and all pairs with an effect. Refused settings are skipped, except for
 * single values, whose refusal is recorded.
 *
 * @param observe returns the number of complete values
 * @internal
 */
export async function explore(
  manifest: Manifest,
  observe: (values: HyperparameterValues) => Promise<Outcome>,
): Promise<Exploration> {
  return new Explorer(manifest, observe).run();
}

class Explorer {
  readonly #outcomes = new Map<string, Outcome>();
  readonly #settings = new Map<string, TriedSetting>();
  readonly #base: HyperparameterValues;
  readonly #active = new Map<string, Active>();

  constructor(
    private readonly manifest: Manifest,
    private readonly observe: (values: HyperparameterValues) => Promise<Outcome>,
  ) {
    this.#base = { ...defaultsOf(manifest), ...manifest.coverage?.base };
  }

  async run(): Promise<Exploration> {
    const { properties } = this.manifest.hyperparameters;
    const names = Object.keys(properties);
    const missing = names.filter((name) => this.#base[name] === undefined);
    if (missing.length > 0) {
      const reason = `${missing.join(', ')} must be given: coverage.base in the manifest can`;
      return this.#nothing(reason);
    }
    const base = await this.#record({});
    if (base.kind !== 'observed') return this.#nothing(base.reason);
    // The defaults of a model may be large.
    if (this.manifest.kind === 'optimizer') await this.#record(defaultsOf(this.manifest));

    const values = new Map(
      names.map((name) => [name, valuesToTry(this.manifest, name, this.#base[name])] as const),
    );
    for (const [name, tried] of values) {
      for (const value of tried) {
        const outcome = await this.#record({ [name]: value }, 'even if refused');
        if (differs(base, outcome)) this.#activate(name, { setting: { [name]: value }, outcome });
      }
    }
    await this.#findPartners(values);
    await this.#findMutual(names);
    await this.#tryBounds(names, base);
    for (const pair of this.#pairs()) await this.#record(pair);
    const effects = names.map((hyperparameter) =>
      this.#effectOf(hyperparameter, values.get(hyperparameter)!),
    );
    return { settings: [...this.#settings.values()], effects };
  }

  /** A required setting may have requirements itself: while any effect is found, the rest is tried again. */
  async #findPartners(values: ReadonlyMap<string, Setting[string][]>): Promise<void> {
    const tries = new Map<string, number>();
    const contexts = new Set<string>();
    for (let found = true; found; ) {
      found = false;
      const open = [...values.keys()].filter((name) => !this.#active.has(name));
      for (const name of open) {
        for (const context of await this.#contexts(values)) {
          const key = canonicalJson([name, context.setting]);
          if (name in context.setting || contexts.has(key)) continue;
          contexts.add(key);
          if ((tries.get(name) ?? 0) >= MOST_TRIES) break;
          if (!(await this.#acts(name, values.get(name)!, context, tries))) continue;
          await this.#recordAlternatives(name, values, context.setting);
          found = true;
          break;
        }
      }
    }
  }

  /** Two that act only together: what shows the effect of one shows that of the other too. */
  async #findMutual(names: readonly string[]): Promise<void> {
    for (const name of names.filter((each) => !this.#active.has(each))) {
      for (const { setting, outcome } of [...this.#active.values()].filter(
        (active) => name in active.setting,
      )) {
        const { [name]: _, ...without } = setting;
        if (!differs(await this.#try(without), outcome)) continue;
        this.#activate(name, { setting, outcome });
        break;
      }
    }
  }

  /** Before a hyperparameter counts as without effect: the ends of its range, alone and with each setting that has an effect. */
  async #tryBounds(names: readonly string[], base: Outcome): Promise<void> {
    const contexts: Active[] = [{ setting: {}, outcome: base }, ...this.#active.values()];
    for (const name of names.filter((each) => !this.#active.has(each))) {
      for (const context of contexts.filter(({ setting }) => !(name in setting))) {
        if (await this.#acts(name, boundsOf(this.manifest, name), context, new Map())) break;
      }
    }
  }

  async #acts(
    name: string,
    values: readonly Setting[string][],
    context: Active,
    tries: Map<string, number>,
  ): Promise<boolean> {
    for (const value of values.slice(0, VALUES_TOGETHER)) {
      tries.set(name, (tries.get(name) ?? 0) + 1);
      const setting = { ...context.setting, [name]: value };
      const outcome = await this.#try(setting);
      // Enabling an otherwise refused setting is an effect too.
      const enables = context.outcome.kind === 'refused' && outcome.kind === 'observed';
      if (!enables && !differs(context.outcome, outcome)) continue;
      this.#activate(name, { setting, outcome });
      await this.#record(context.setting);
      for (const other of values) await this.#record({ ...context.setting, [name]: other });
      return true;
    }
    return false;
  }

  /** Under another choice, the same hyperparameter may act by another formula, like the steps of a linear or cosine schedule. */
  async #recordAlternatives(
    name: string,
    values: ReadonlyMap<string, Setting[string][]>,
    context: Setting,
  ): Promise<void> {
    const { properties } = this.manifest.hyperparameters;
    for (const partner of Object.keys(context).filter((each) => properties[each]?.enum !== undefined)) {
      for (const choice of values.get(partner)!) {
        for (const value of values.get(name)!) {
          await this.#record({ ...context, [partner]: choice, [name]: value });
        }
      }
    }
  }

  /** Settings that may enable an effect: choices first, as they switch features on. */
  async #contexts(values: ReadonlyMap<string, Setting[string][]>): Promise<Active[]> {
    const alone: Active[] = [];
    for (const [name, tried] of values) {
      // An active setting brings its requirements.
      const { [name]: _, ...needed } = this.#active.get(name)?.setting ?? {};
      for (const value of tried) {
        const setting = { ...needed, [name]: value };
        alone.push({ setting, outcome: await this.#try(setting) });
      }
    }
    const rank = ({ setting, outcome }: Active) => {
      if (outcome.kind !== 'observed') return 2;
      return Object.values(setting).some((value) => typeof value === 'number') ? 1 : 0;
    };
    const single = alone.filter(({ outcome }) => outcome.kind !== 'failed').sort((a, b) => rank(a) - rank(b));
    // Some need two others, such as a kind of momentum: momentum and a varying learning rate.
    const pairs: Active[] = [];
    for (const setting of this.#pairs()) pairs.push({ setting, outcome: await this.#try(setting) });
    return [...single, ...pairs.filter(({ outcome }) => outcome.kind === 'observed')];
  }

  /** All pairs of active hyperparameters with their requirements, if those are compatible. */
  #pairs(): Setting[] {
    const active = [...this.#active.values()].map(({ setting }) => setting);
    return active.flatMap((a, i) =>
      active.slice(i + 1).flatMap((b) => {
        const contradict = Object.entries(a).some(
          ([name, value]) => name in b && canonicalJson(b[name]!) !== canonicalJson(value),
        );
        return contradict ? [] : [{ ...a, ...b }];
      }),
    );
  }

  #activate(name: string, active: Active): void {
    if (!this.#active.has(name)) this.#active.set(name, active);
  }

  #effectOf(hyperparameter: string, values: readonly Setting[string][]): Effect {
    const active = this.#active.get(hyperparameter);
    if (active !== undefined) {
      const { [hyperparameter]: _, ...others } = active.setting;
      const together = Object.entries(others).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
      const status = 'exercised';
      return { hyperparameter, status, ...(together.length === 0 ? {} : { together: together.join(', ') }) };
    }
    if (values.length > 0)
      return { hyperparameter, status: 'inert', reason: 'no value changed a number, alone or with others' };
    const reason = 'its schema suggests no value to try: coverage.values in the manifest can';
    return { hyperparameter, status: 'not run', reason };
  }

  #nothing(reason: string): Exploration {
    const names = Object.keys(this.manifest.hyperparameters.properties);
    return {
      settings: [],
      effects: names.map((hyperparameter) => ({ hyperparameter, status: 'not run', reason })),
    };
  }

  async #try(setting: Setting): Promise<Outcome> {
    const key = canonicalJson({ ...this.#base, ...setting });
    const known = this.#outcomes.get(key);
    if (known !== undefined) return known;
    const outcome = await this.observe(completeHyperparameters(this.manifest, { ...this.#base, ...setting }));
    this.#outcomes.set(key, outcome);
    return outcome;
  }

  async #record(setting: Setting, refusals?: 'even if refused'): Promise<Outcome> {
    const outcome = await this.#try(setting);
    const hyperparameters = { ...this.#base, ...setting };
    const selection = formatSelection({ name: this.manifest.name, hyperparameters }, this.#base);
    if (outcome.kind === 'observed') {
      const { value, tolerance } = outcome;
      this.#settings.set(selection, { selection, value, tolerance });
    } else if (refusals !== undefined) {
      this.#settings.set(selection, { selection, value: null, tolerance: 0 });
    }
    return outcome;
  }
}
