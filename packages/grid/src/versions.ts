// The versions of what runs depend on, in words: a worker that has others is refused, and both are named.

import type { Cell } from '@gaussmark/cell';
import { VERSION } from '@gaussmark/cell';
import type { Registry } from '@gaussmark/core';
import { differingParts, type Identity, type Part, type Plan } from '@gaussmark/harness';

/** Versions, by what has them: `gaussmark`, `optimizer 'sgn'`, `onnxruntime[threads=1]`. */
export type Versions = Readonly<Record<string, string>>;

/** The versions behind some cells. */
export function versionsOf(cells: readonly Cell[], engines: Plan['engines'], registry: Registry): Versions {
  const versions: Record<string, string> = { gaussmark: VERSION };
  for (const { problem, optimizer, engine, engineLabel } of cells) {
    const plugins = { dataset: problem.dataset, model: problem.model, optimizer, engine };
    for (const [kind, { name }] of Object.entries(plugins)) {
      versions[subject(kind, name)] ??= registry.find(kind as keyof typeof plugins, name).manifest.version;
    }
    versions[engineLabel] ??= infoWords(engines[engineLabel] ?? {});
  }
  return versions;
}

const subject = (kind: string, name: string) => `${kind} '${name}'`;

const infoWords = (info: Plan['engines'][string]) =>
  Object.entries(info)
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');

/** The part of a cell that a part of its identity stands for, as {@link Versions} names it. */
function subjectOf(part: Part, { problem, optimizer, engine, engineLabel }: Cell): string | undefined {
  switch (part) {
    case 'code of gaussmark':
      return 'gaussmark';
    case 'code of the dataset':
      return subject('dataset', problem.dataset.name);
    case 'code of the model':
      return subject('model', problem.model.name);
    case 'code of the optimizer':
      return subject('optimizer', optimizer.name);
    case 'code of the engine':
      return subject('engine', engine.name);
    case 'engine':
      return engineLabel;
    default:
      return undefined;
  }
}

/** How what a worker would compute differs from what was submitted; a line for each part. */
export function differencesOf(
  cell: Cell,
  submitted: { readonly identity: Identity; readonly versions: Versions },
  here: { readonly identity: Identity; readonly versions: Versions },
): string[] {
  return differingParts(submitted.identity.parts, here.identity.parts).map((part) => {
    const about = subjectOf(part, cell);
    const say = ({ identity, versions }: typeof here) =>
      [about === undefined ? undefined : versions[about], `#${identity.parts[part]}`]
        .filter((each) => each !== undefined)
        .join(' ');
    const name = about === undefined || about === part ? part : `${part} (${about})`;
    return `${name}: ${say(submitted)} submitted, ${say(here)} here`;
  });
}
