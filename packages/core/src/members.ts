// What a plugin's `create` returns: it must have the functions of its contract.

import { GaussmarkError } from './errors.js';
import { formatValue } from './json.js';

const MEMBERS = {
  optimizer: { required: ['init', 'step'], optional: ['evaluationPoint'] },
  model: { required: ['init', 'apply'], optional: ['types', 'roles'] },
  engine: {
    required: ['compile', 'allocate', 'upload', 'dispose'],
    optional: ['unsupported', 'adopt', 'export', 'operators'],
  },
} as const;

export type CreatedKind = keyof typeof MEMBERS;

/**
 * Refuses an optimizer, a model or an engine without the functions of its contract. A model may be `{ incompatible: reason }`.
 *
 * @param plugin names it in the error: `optimizer 'sgn'`
 * @returns what it was given
 * @throws GaussmarkError that names the missing function
 * @internal
 */
export function demandMembers<T>(kind: CreatedKind, plugin: string, made: T): T {
  const { required, optional } = MEMBERS[kind];
  const contract = required.map((name) => `${name}()`).join(', ');
  const refuse = (summary: string, got: string, remedy?: string): never => {
    throw new GaussmarkError(summary, {
      plugin,
      expected: `create() to return an object with ${contract}`,
      got,
      remedy,
    });
  };
  const returned: unknown = made;
  if (typeof returned !== 'object' || returned === null)
    return refuse(
      `${plugin}: create() returned no ${kind}`,
      typeof returned === 'function' ? 'a function' : formatValue(returned),
    );
  if (returned instanceof Promise)
    return refuse(`${plugin}: create() returned a promise`, 'a promise', 'make create() synchronous');
  if (kind === 'model' && 'incompatible' in returned) return made;
  const isFunction = (name: string) => typeof (returned as Record<string, unknown>)[name] === 'function';
  const missing = required.filter((name) => !isFunction(name));
  if (missing.length > 0) {
    const names = Object.keys(returned);
    refuse(
      `${plugin} has no ${missing.map((name) => `${name}()`).join(' and no ')}`,
      names.length === 0 ? 'an empty object' : `an object with ${names.join(', ')}`,
    );
  }
  const wrong = optional.find(
    (name) => (returned as Record<string, unknown>)[name] !== undefined && !isFunction(name),
  );
  if (wrong !== undefined)
    refuse(`${plugin}: ${wrong} is not a function`, typeof (returned as Record<string, unknown>)[wrong]);
  return made;
}
