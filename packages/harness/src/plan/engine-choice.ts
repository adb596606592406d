// `--engine auto`: chooses the fastest engine for a problem by timing a few of its real steps on each that can run it.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Cell, type Locations, type ProblemSetup, setUpProblem } from '@gaussmark/cell';
import {
  type ChosenPlugin,
  canonicalJson,
  choosePlugins,
  defaultsOf,
  defined,
  formatSelection,
  GaussmarkError,
  isRecord,
  type JsonValue,
  type Registry,
  replaceFile,
} from '@gaussmark/core';
import { backendsOf } from '@gaussmark/worker';
import { describeMachine } from '../run/environment.js';
import { secondsOfStep } from './step-trial.js';

/** The selection that stands for the fastest engine. */
export const AUTO = 'auto';

/** More threads gain little on small networks, and a machine rarely has them to spare. */
const MOST_THREADS = 4;

/**
 * Demands engines by name, for work that no choice by measurement fits.
 *
 * @param why as a sentence: `a file holds the step of one engine`
 * @throws GaussmarkError if `auto` is among them
 */
export function demandNamedEngines(engines: readonly string[] | undefined, why: string): void {
  if (engines?.includes(AUTO) !== true) return;
  throw new GaussmarkError("engine 'auto' does not work here", {
    expected: `engines by name: ${why}`,
    got: engines.join(', '),
    remedy: 'name an engine, for example the one that bench run --engine auto chooses',
  });
}

/** What was chosen for a problem, and why. JSON. */
export interface EngineChoice {
  readonly problem: string;
  /** The label of the chosen engine: `xla[threads=1]`. */
  readonly engine: string;
  /** Seconds of a step by engine: the geometric mean over the optimizers. Engines that could not run the steps are absent. */
  readonly seconds: Readonly<Record<string, number>>;
}

/** An engine to try. */
type Candidate = ChosenPlugin<'engine'>;

/** A cell on an engine yet to be chosen. */
export type CellOn = (engine: Candidate) => Cell;

export class EngineChooser {
  readonly choices: EngineChoice[] = [];
  readonly #known = new Map<string, Candidate>();
  #candidates: Promise<readonly Candidate[]> | undefined;

  /** @param threads the only number of threads to try */
  constructor(
    private readonly registry: Registry,
    private readonly locations: Locations,
    private readonly threads: number | undefined,
  ) {}

  /**
   * The fastest engine for a problem, timed in this process. The choice is kept in the cache directory, so that the same command
   * on the same machine repeats it.
   *
   * @param cells of the problem, one per optimizer; if there are none, any engine will do
   * @throws GaussmarkError if no engine runs the steps
   */
  async choose(problem: string, cells: readonly CellOn[]): Promise<Candidate> {
    const known = this.#known.get(problem);
    if (known !== undefined) return known;
    this.#candidates ??= candidatesOf(this.registry, this.threads);
    const candidates = await this.#candidates;
    if (cells.length === 0) return candidates[0]!;
    const { choice, chosen } = await this.#chooseAmong(problem, cells, candidates);
    this.choices.push(choice);
    this.#known.set(problem, chosen);
    return chosen;
  }

  /** Takes an earlier choice. @throws GaussmarkError if there is no such engine any more */
  async repeat(choice: EngineChoice): Promise<Candidate> {
    const known = this.#known.get(choice.problem);
    if (known !== undefined) return known;
    const [chosen] = await choosePlugins('engine', [choice.engine], this.registry);
    this.choices.push(choice);
    this.#known.set(choice.problem, chosen!);
    return chosen!;
  }

  async #chooseAmong(problem: string, cells: readonly CellOn[], candidates: readonly Candidate[]) {
    const file = this.#fileOf(cells, candidates);
    const seconds = readSeconds(file, candidates) ?? (await this.#time(cells, candidates));
    const chosen = fastest(candidates, seconds);
    if (chosen === undefined) throw new Error('internal: no engine was timed');
    keepSeconds(file, seconds);
    return { choice: { problem, engine: chosen.label, seconds }, chosen };
  }

  async #time(
    cells: readonly CellOn[],
    candidates: readonly Candidate[],
  ): Promise<Readonly<Record<string, number>>> {
    const seconds: Record<string, number> = {};
    let setup: ProblemSetup | undefined;
    let failure: unknown;
    for (const candidate of candidates) {
      try {
        const logs: number[] = [];
        for (const cellOn of cells) {
          const cell = cellOn(candidate);
          setup ??= await setUpProblem(cell, this.registry, this.locations);
          logs.push(Math.log(await secondsOfStep(cell, setup, this.registry)));
        }
        seconds[candidate.label] = Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
      } catch (error) {
        failure ??= error;
      }
    }
    if (Object.keys(seconds).length > 0) return seconds;
    throw new GaussmarkError('no engine runs these steps', {
      got: failure instanceof Error ? failure.message.split('\n')[0] : String(failure),
      remedy: 'name an engine with --engine to see its own error',
      cause: failure,
    });
  }

  /** Where the times of these steps on these engines on this machine are kept. */
  #fileOf(cells: readonly CellOn[], candidates: readonly Candidate[]): string {
    const steps = cells.map((cellOn) => {
      const { problem, optimizer } = cellOn(candidates[0]!);
      return { problem: jsonOf(problem), optimizer: jsonOf(optimizer) };
    });
    const engines = candidates.map(({ label, entry }) => ({ label, version: entry.manifest.version }));
    const { cpu, cores, arch, node } = describeMachine();
    const key = canonicalJson({ steps, engines, cpu, cores, arch, node });
    const name = createHash('sha256').update(key).digest('hex');
    return path.join(this.locations.cacheDirectory, 'engine-choices', `${name}.json`);
  }
}

/** Without undefined members, which JSON has not. */
const jsonOf = (value: unknown) => JSON.parse(JSON.stringify(value)) as JsonValue;

/**
 * The engines to try: each back end that works here and that its engine does not leave out, with one thread and with several.
 *
 * @throws GaussmarkError if there is none
 */
async function candidatesOf(registry: Registry, threads: number | undefined): Promise<readonly Candidate[]> {
  const texts: string[] = [];
  for (const entry of registry.list('engine')) {
    const { properties } = entry.manifest.hyperparameters;
    const defaults = defaultsOf(entry.manifest);
    for (const backend of await backendsOf(entry, registry)) {
      if (!backend.available || backend.automatic === false) continue;
      const given = Object.entries(backend.hyperparameters).filter(([key, value]) => defaults[key] !== value);
      const isOnCpu = !('device' in backend.details);
      const counts = isOnCpu && 'threads' in properties ? threadCounts(threads) : [undefined];
      for (const count of counts) {
        const hyperparameters = { ...Object.fromEntries(given), ...defined({ threads: count }) };
        texts.push(formatSelection({ name: entry.name, hyperparameters }));
      }
    }
  }
  if (texts.length > 0) return choosePlugins('engine', texts, registry);
  throw new GaussmarkError('no engine works on this machine', { remedy: 'see bench engine' });
}

const threadCounts = (asked: number | undefined): readonly number[] =>
  asked === undefined ? [...new Set([1, Math.min(describeMachine().cores, MOST_THREADS)])] : [asked];

/** The engine with the shortest step; of equal ones the first. */
export function fastest(
  candidates: readonly Candidate[],
  seconds: Readonly<Record<string, number>>,
): Candidate | undefined {
  const of = ({ label }: Candidate) => seconds[label] ?? Number.POSITIVE_INFINITY;
  const [first] = [...candidates].sort((a, b) => of(a) - of(b));
  return first !== undefined && Number.isFinite(of(first)) ? first : undefined;
}

/** The kept times; undefined without any, or if they are not of these engines. */
function readSeconds(
  file: string,
  candidates: readonly Candidate[],
): Readonly<Record<string, number>> | undefined {
  let kept: unknown;
  try {
    kept = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
  const labels = new Set(candidates.map(({ label }) => label));
  const isSound = ([label, value]: [string, unknown]) =>
    labels.has(label) && typeof value === 'number' && value > 0 && Number.isFinite(value);
  if (!isRecord(kept) || Object.keys(kept).length === 0 || !Object.entries(kept).every(isSound))
    return undefined;
  return kept as Readonly<Record<string, number>>;
}

function keepSeconds(file: string, seconds: Readonly<Record<string, number>>): void {
  try {
    replaceFile(file, `${JSON.stringify(seconds, null, 2)}\n`, { lost: 'the choice of an engine' });
  } catch {
    // The next command measures again; its record says which engine ran.
  }
}
