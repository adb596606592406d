// Every command of the documentation, read by the real command line: a page must not show what exits with 2.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { readCommandLine } from '../src/cli/main.js';
import type { Sheet } from '../src/cli/screen.js';
import { bench, temporaryDirectory, WORKSPACE } from './fixtures.js';

const directory = temporaryDirectory();

const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(path.join(WORKSPACE, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  ...readdirSync(path.join(WORKSPACE, 'packages'))
    .map((name) => `packages/${name}/README.md`)
    .filter((name) => readdirSync(path.join(WORKSPACE, path.dirname(name))).includes('README.md')),
];

const BENCH =
  /(?:^|[\s(;&|])(?:npx -y pnpm@\d+(?:\.\d+)* |pnpm )(?:--silent )?bench(?![:\w])|(?:^|[\s(;&|])npx gaussmark(?![\w])/;

interface Shown {
  readonly page: string;
  readonly line: number;
  readonly args: readonly string[];
}

/** The commands in the shell blocks of a page, comments and redirections left out. */
function commandsOf(page: string): Shown[] {
  const lines = readFileSync(path.join(WORKSPACE, page), 'utf8').split('\n');
  const shown: Shown[] = [];
  let inShell = false;
  let begun: { line: number; text: string } | undefined;
  for (const [index, line] of lines.entries()) {
    if (line.trimStart().startsWith('```')) {
      inShell = !inShell && /```(sh|bash|shell)\b/.test(line);
      continue;
    }
    if (!inShell) continue;
    begun ??= { line: index + 1, text: '' };
    if (line.endsWith('\\')) {
      begun.text += `${line.slice(0, -1)} `;
      continue;
    }
    shown.push(...commandsIn(begun.text + line).map((args) => ({ page, line: begun!.line, args })));
    begun = undefined;
  }
  return shown;
}

/** The arguments of each bench in a line. */
function commandsIn(line: string): string[][] {
  const found: string[][] = [];
  for (let rest = line; ; ) {
    const match = BENCH.exec(rest);
    if (match === null) return found;
    rest = rest.slice(match.index + match[0].length);
    if (rest !== '' && !/^[\s;)]/.test(rest)) continue;
    found.push(wordsOf(rest));
  }
}

/** Words as a shell sees them, up to what ends the command. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  const word =
    /\s*(?:(#.*$)|([;)&|<>].*$)|((?:'[^']*'|"[^"]*"|[^\s'"#;)&|<>])(?:'[^']*'|"[^"]*"|[^\s'";)&|<>])*))/y;
  for (;;) {
    const [, comment, end, plain] = word.exec(text) ?? [];
    if (plain === undefined || comment !== undefined || end !== undefined) return words;
    words.push(plain.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2').replaceAll(/\$\{?\w+\}?/g, '1'));
  }
}

describe.each(PAGES)('%s', (page) => {
  const shown = commandsOf(page);
  it.runIf(shown.length > 0)('shows commands that can be read', async () => {
    const refused: string[] = [];
    for (const { line, args } of shown) {
      // Help and the version end as if with an error, and are none.
      if (args.some((each) => each === '--help' || each === '--version')) continue;
      const errors: string[] = [];
      const sheet = silent(errors);
      await readCommandLine(args, directory.path, { out: sheet, err: sheet }).catch((error: Error) =>
        refused.push(`${page}:${line}: bench ${args.join(' ')}: ${error.message}`),
      );
    }
    expect(refused).toEqual([]);
  });
});

const silent = (said: string[]): Sheet => ({
  write: (text) => {
    said.push(text);
  },
  writeDocument: () => {},
  isTerminal: false,
  columns: 100,
  colors: pc.createColors(false),
});

it('finds the commands of the pages', () => {
  expect(PAGES.flatMap(commandsOf).length).toBeGreaterThan(50);
  expect(commandsIn('(pnpm bench run --problem "a b" && x) # pnpm bench')).toEqual([
    ['run', '--problem', 'a b'],
    [],
  ]);
});

it('plans what the page on regressions shows', async () => {
  const args = [
    'run',
    '--problem',
    'boston,mnist',
    '--optimizer',
    'sgn,sgd',
    '--seeds',
    '3',
    '--shard',
    '1/3',
    '--dry-run',
  ];
  const { code, stderr } = await bench(args, directory.path);
  expect(stderr).not.toContain('error:');
  expect(code).toBe(0);
});
