// What core and autodiff export is shared by plugins and the harness that judges them: nobody can change it.

import { types } from 'node:util';
import * as autodiff from '@gaussmark/autodiff';
import * as reference from '@gaussmark/autodiff/reference';
import * as core from '@gaussmark/core';
import { describe, expect, it } from 'vitest';

const isClass = (value: unknown) =>
  typeof value === 'function' && Function.prototype.toString.call(value).startsWith('class');

/** Objects that can be written to, by their path: tables, classes, and what is in them. */
function open(value: unknown, path: string): string[] {
  if (types.isModuleNamespaceObject(value))
    return Object.entries(value as object).flatMap(([name, inner]) => open(inner, `${path}.${name}`));
  const isTable = typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);
  if (!isTable && !isClass(value)) return [];
  if (!Object.isFrozen(value)) return [path];
  const inner = isClass(value) ? { prototype: (value as { prototype: unknown }).prototype } : value;
  return Object.entries(inner as object).flatMap(([name, each]) => open(each, `${path}.${name}`));
}

describe.each(Object.entries({ autodiff, reference, core }))('%s', (name, exports) => {
  it('exports nothing that can be written to', () => {
    expect(Object.keys(exports).length).toBeGreaterThan(0);
    expect(open(exports, name)).toEqual([]);
  });
});

it('names of a module cannot be given another value', () => {
  expect(() => Object.assign(autodiff.vector, { dot: () => 0 })).toThrow(TypeError);
  expect(() => Object.assign(autodiff.tree, { map: () => 0 })).toThrow(TypeError);
});
