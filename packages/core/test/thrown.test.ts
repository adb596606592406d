import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { describeThrown, isOwnPlace } from '../src/thrown.js';

const PACKAGE = new URL('../package.json', import.meta.url);

function thrownAt(...places: readonly string[]): Error {
  const error = new TypeError('wrong');
  error.stack = ['TypeError: wrong', ...places.map((place) => `    at f (${place}:1:2)`)].join('\n');
  return error;
}

const within = (name: string) => `file:///repo/packages/${name}/dist/x.js`;
const PLUGIN = 'file:///home/me/mine/index.js';

describe('the place of an error', () => {
  const { dependencies } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const libraries = Object.keys(dependencies).flatMap((name) => /^@gaussmark\/(.+)$/.exec(name)?.[1] ?? []);

  it.each([...libraries, 'core'])("is the plugin's line when %s throws", (name) => {
    expect(describeThrown(thrownAt(within(name), within('cell'))).place).toBe(`at f (${within(name)}:1:2)`);
    expect(describeThrown(thrownAt(within(name), PLUGIN, within('cell'))).place).toBe(`at f (${PLUGIN}:1:2)`);
  });

  it('is a line of a file, not of a built-in function', () => {
    const error = thrownAt(within('autodiff'), PLUGIN);
    error.stack = error.stack!.replace(
      `    at f (${PLUGIN}`,
      `    at Array.map (<anonymous>)\n    at f (${PLUGIN}`,
    );
    expect(describeThrown(error).place).toBe(`at f (${PLUGIN}:1:2)`);
  });

  it('can be told from one of the harness', () => {
    expect([within('autodiff'), within('cell'), PLUGIN].map(isOwnPlace)).toEqual([true, true, false]);
  });
});
