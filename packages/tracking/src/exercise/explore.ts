// Which hyperparameters of a plugin change its numbers: each varied alone, then with others, until its effect is seen.

import {
  canonicalJson,
  completeHyperparameters,
  defaultsOf,
  formatSelection,
  type HyperparameterValues,
  type Manifest,
} from '@gaussmark/core';
import { differs, type Observed, type Outcome } from './outcome.js';
import { valuesToTry } from './values.js';

/** A setting that was tried, as text, with its number. */
export interface TriedSetting extends Observed {
  readonly selection: string;
}

export interface Effect {
  readonly hyperparameter: string;
  readonly status: 'exercised' | 'inert' | 'not run';
  /** What it acts with, where it does nothing alone: `schedule=step`. */
  readonly together?: string;
  /** Why it is not exercised. */
  readonly reason?: string;
}

export interface Exploration {
  readonly settings: readonly TriedSetting[];
  readonly effects: readonly Effect[];
}

/** Settings that are tried at most to find what one hyperparameter acts with. */
const MOST_TRIES = 400;
/** Values of it that are tried in each of them. */
const VALUES_TOGETHER = 3;

type Setting = HyperparameterValues;

interface Active {
  /** What was set beside the base for the effect to show, the hyperparameter itself included. */
  readonly setting: Setting;
  readonly outcome: Outcome;
}

/**
 * Tries the settings of a plugin: the base and the defaults; every hyperparameter with every value worth trying, alone; one that
 * then changes nothing, with each setting that does; and every two that have an effect, together. A setting that the plugin refuses is
 * none, but for one value alone: whether that is refused is a fact of the plugin.
 *
 * @param observe the number of complete values
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
    // The defaults of a model may be any size.
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
    for (const pair of this.#pairs()) await this.#record(pair);
    const effects = names.map((hyperparameter) =>
      this.#effectOf(hyperparameter, values.get(hyperparameter)!),
    );
    return { settings: [...this.#settings.values()], effects };
  }

  /** What one needs may need something itself: as long as another one is found, all that is left is tried again. */
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
      // What makes a setting possible that is refused without it acts, too.
      const enables = context.outcome.kind === 'refused' && outcome.kind === 'observed';
      if (!enables && !differs(context.outcome, outcome)) continue;
      this.#activate(name, { setting, outcome });
      await this.#record(context.setting);
      for (const other of values) await this.#record({ ...context.setting, [name]: other });
      return true;
    }
    return false;
  }

  /** What acts with one choice may act with another by a formula of its own: the steps of a schedule, linear or cosine. */
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

  /** Settings in which one that does nothing alone may act: choices first, as they switch things on. */
  async #contexts(values: ReadonlyMap<string, Setting[string][]>): Promise<Active[]> {
    const alone: Active[] = [];
    for (const [name, tried] of values) {
      // What an active one needs comes with it.
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
    // Some act with two others only: a form of momentum, where there is momentum and the learning rate varies.
    const pairs: Active[] = [];
    for (const setting of this.#pairs()) pairs.push({ setting, outcome: await this.#try(setting) });
    return [...single, ...pairs.filter(({ outcome }) => outcome.kind === 'observed')];
  }

  /** Every two hyperparameters that act, with what each needs, where that does not contradict. */
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
