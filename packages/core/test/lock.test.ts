// The exports of core and autodiff are shared by plugins and the harness that judges them, so none can be modified.

import { types } from 'node:util';
import * as autodiff from '@gaussmark/autodiff';
import * as reference from '@gaussmark/autodiff/reference';
import * as core from '@gaussmark/core';
import { describe, expect, it } from 'vitest';

const isClass = (value: unknown) =>
  typeof value === 'function' && Function.prototype.toString.call(value).startsWith('class');

/** Paths of writable objects: tables, classes, and everything inside. */
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
  it('exports nothing writable', () => {
    expect(Object.keys(exports).length).toBeGreaterThan(0);
    expect(open(exports, name)).toEqual([]);
  });
});

it('module namespaces cannot be reassigned', () => {
  expect(() => Object.assign(autodiff.vector, { dot: () => 0 })).toThrow(TypeError);
  expect(() => Object.assign(autodiff.tree, { map: () => 0 })).toThrow(TypeError);
});
