// What the result of a run depends on: settings, data and code, but not the machine.

import { createHash } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Cell, VERSION } from '@gaussmark/cell';
import {
  type Choice,
  canonicalJson,
  type JsonValue,
  ownEntries,
  type PluginKind,
  type Registry,
  sourceHash,
} from '@gaussmark/core';
import type { Plan } from '../plan/plan.js';

/** What a result depends on, in the user's words. */
export const PARTS = [
  'dataset',
  'data files',
  'evaluation split',
  'evaluation interval',
  'model',
  'optimizer',
  'engine',
  'loss, batch size and dtype',
  'seed',
  'budget',
  'targets that end it',
  'code of the dataset',
  'code of the model',
  'code of the optimizer',
  'code of the engine',
  'code of gaussmark',
] as const;
export type Part = (typeof PARTS)[number];

export interface Identity {
  /** Hexadecimal sha256 over all parts. */
  readonly key: string;
  /** The beginning of each part's sha256, to find which differs. */
  readonly parts: Readonly<Record<Part, string>>;
}

/** Characters kept of a part's digest. */
const SHORT = 12;

/** Identities of the cells of a plan, in order. */
export async function identify(
  { cells, problems, engines }: Pick<Plan, 'cells' | 'problems' | 'engines'>,
  registry: Registry,
): Promise<Identity[]> {
  const checksums = new Map(problems.map(({ name, dataset }) => [name, dataset.checksums]));
  const code = new CodeHashes(registry);
  const own = await ownCode();
  const identities: Identity[] = [];
  for (const cell of cells) {
    const { problem, optimizer, engine, seed, budget } = cell;
    const { loss, batchSize, dtype } = problem;
    const codeOf = async (kind: PluginKind, { name }: Choice): Promise<JsonValue> => [
      registry.find(kind, name).manifest.version,
      await code.of(kind, name),
    ];
    identities.push(
      identityOf({
        dataset: asJson(problem.dataset),
        'data files': { ...checksums.get(problem.name) },
        'evaluation split': { ...(cell.evaluateOn ?? { split: 'test' }) },
        'evaluation interval': { ...(cell.evaluateEvery ?? { epochs: 1 }) },
        model: asJson(problem.model),
        optimizer: asJson(optimizer),
        // The selection, and the actual version, device and number of threads.
        engine: [asJson(engine), { ...engines[cell.engineLabel] }],
        'loss, batch size and dtype': [loss, batchSize, dtype],
        seed,
        budget: { ...budget },
        'targets that end it': endingTargets(cell),
        'code of the dataset': await codeOf('dataset', problem.dataset),
        'code of the model': await codeOf('model', problem.model),
        'code of the optimizer': await codeOf('optimizer', optimizer),
        'code of the engine': await codeOf('engine', engine),
        'code of gaussmark': [VERSION, own],
      }),
    );
  }
  return identities;
}

/** The identity of given parts; the key is over their full digests, in the order of {@link PARTS}. */
export function identityOf(parts: Readonly<Record<Part, JsonValue>>): Identity {
  const digests = PARTS.map((part) => digest(canonicalJson(parts[part])));
  const short = PARTS.map((part, i) => [part, digests[i]!.slice(0, SHORT)] as const);
  return {
    key: createHash('sha256').update(digests.join('\n')).digest('hex'),
    parts: Object.fromEntries(short) as Record<Part, string>,
  };
}

/** The parts in which two runs differ, among those both recorded: older versions recorded fewer. */
export function differingParts(a: Identity['parts'], b: Identity['parts']): Part[] {
  return PARTS.filter((part) => part in a && part in b && a[part] !== b[part]);
}

function endingTargets({ target }: Cell): JsonValue {
  return target?.stop === true ? { ...target.goals } : null;
}

function asJson({ name, hyperparameters }: Choice): JsonValue {
  return [name, { ...hyperparameters }];
}

const digests = new Map<string, string>();

/** Caches digests: the cells of a plan share most parts. */
function digest(text: string): string {
  const known = digests.get(text);
  if (known !== undefined) return known;
  const made = createHash('sha256').update(text).digest('hex');
  if (digests.size > 100_000) digests.clear();
  digests.set(text, made);
  return made;
}

/** Hashes of the sources of plugins, each read once. */
class CodeHashes {
  readonly #known = new Map<string, Promise<string>>();

  constructor(private readonly registry: Registry) {}

  of(kind: PluginKind, name: string): Promise<string> {
    const key = `${kind} ${name}`;
    const known = this.#known.get(key) ?? sourceHash(this.registry.find(kind, name));
    this.#known.set(key, known);
    return known;
  }
}

let own: Promise<string> | undefined;

/** Code that any run may use: what plugins import from Gaussmark, and the harness itself. */
function ownCode(): Promise<string> {
  own ??= (async () => {
    const entries = [...ownEntries(), fileURLToPath(import.meta.resolve('@gaussmark/cell/run-task'))];
    const hashes = await Promise.all(entries.map((entryFile) => hashOf(entryFile)));
    return digest(hashes.join('\n'));
  })();
  return own;
}

function hashOf(entryFile: string): Promise<string> {
  // There is no manifest: the entry stands in for it, and is in the hash already.
  return sourceHash({ entryFile, manifestFile: entryFile, directory: path.dirname(entryFile) });
}
