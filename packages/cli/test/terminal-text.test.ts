// Text and tables on terminals of any width: wide ones wrap, stack or become lists; numbers stay whole.

import fc from 'fast-check';
import pc from 'picocolors';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { fitHelp } from '../src/help-text.js';
import { truncate, wrap, wrapCell, wrapLines } from '../src/paragraph.js';
import { colorsOf, forTerminal, inert } from '../src/styles.js';
import { renderTable } from '../src/table.js';

const colors = pc.createColors(false);
const widest = (text: string) => Math.max(...text.split('\n').map((line) => stringWidth(line)));

describe('prose', () => {
  it('wraps at words, by the width that a terminal shows', () => {
    expect(wrap('one two three four', 11, '  ')).toBe('  one two\n  three\n  four');
    expect(wrap('a-word-that-is-longer', 10, '')).toBe('a-word-that-is-longer');
    expect(wrap('数据 数据 数据', 9, '')).toBe('数据 数据\n数据');
    expect(forTerminal(wrap(colorsOf(true).red('one two'), 5, ''))).toBe(
      '\u001b[31mone\u001b[39m\n\u001b[31mtwo\u001b[39m',
    );
  });

  it('keeps a number with its unit', () => {
    expect(wrap('it took 204 µs', 12, '')).toBe('it took\n204 µs');
    expect(wrap('at least 95 % of them', 12, '')).toBe('at least\n95 % of them');
  });

  it('keeps the indentation of each line', () => {
    expect(wrapLines('error: something is wrong\n  to fix: try it again', 16)).toBe(
      'error: something\nis wrong\n  to fix: try it\n  again',
    );
  });

  it('cuts names in the middle, where they differ least', () => {
    expect(truncate('sgn[cgIterations=3,damping=1]', 15)).toBe('sgn[cgI…ping=1]');
    expect(stringWidth(truncate('数'.repeat(30), 15))).toBeLessThanOrEqual(15);
  });
});

describe('a table', () => {
  const columns = [
    { title: '#', align: 'right' as const },
    { title: 'optimizer' },
    { title: 'test loss', align: 'right' as const },
    { title: 'search took', align: 'right' as const },
  ];
  const rows = [
    ['1', 'sgn[cgIterations=10,dampingSchedule=cosine]', '0.0149 [0.0128, 0.0170]', '287 ms'],
    ['2', 'sgd', '1.44e10 [1.2e10, 3.1e10]', '48.3 ms'],
  ];
  const at = (width: number) => renderTable(columns, rows, { columns: width, colors });

  it('has a line per row if it fits', () => {
    expect(at(100).split('\n')).toEqual([
      '  #  optimizer                                                   test loss  search took',
      '  1  sgn[cgIterations=10,dampingSchedule=cosine]   0.0149 [0.0128, 0.0170]       287 ms',
      '  2  sgd                                          1.44e10 [1.2e10, 3.1e10]      48.3 ms',
    ]);
  });

  it('puts intervals below their numbers, then breaks names behind their punctuation', () => {
    expect(at(60).split('\n')).toEqual([
      '  #  optimizer                                 test   search',
      '                                               loss     took',
      '  1  sgn[cgIterations=10,                    0.0149   287 ms',
      '     dampingSchedule=cosine]       [0.0128, 0.0170]',
      '  2  sgd                                    1.44e10  48.3 ms',
      '                                   [1.2e10, 3.1e10]',
    ]);
  });

  it('becomes a list if nothing else fits', () => {
    expect(at(40).split('\n')).toEqual([
      '  1  sgn[cgIterations=10,',
      '  dampingSchedule=cosine]',
      '    test loss    0.0149 [0.0128, 0.0170]',
      '    search took  287 ms',
      '',
      '  2  sgd',
      '    test loss',
      '      1.44e10 [1.2e10, 3.1e10]',
      '    search took  48.3 ms',
    ]);
  });

  it('is never wider than the terminal, and splits no number', () => {
    const number = fc.double({ noNaN: true }).map((value) => `${value.toPrecision(3)} ms`);
    const text = fc.array(fc.constantFrom('sgn', '[', ',', 'damping=', '0.5', ' ', '数', '/'), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(text, number, number), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 40, max: 130 }),
        (drawn, width) => {
          const cells = drawn.map(([name, a, b]) => [name.join(''), a, b]);
          const table = renderTable(
            [{ title: 'name' }, { title: 'a number', align: 'right' }, { title: 'another', align: 'right' }],
            cells,
            { columns: width, colors },
          );
          expect(widest(table)).toBeLessThanOrEqual(width);
          for (const [, a, b] of cells) for (const value of [a!, b!]) expect(table).toContain(value);
        },
      ),
    );
  });

  it('breaks long names into lines that join to the name', () => {
    const name = 'csv[path=/a/very/long/path/to/houses.csv,target=price]+mlp[hidden=[64,64]]';
    const lines = wrapCell(name, 20);
    expect(lines.join('')).toBe(name);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(20);
    expect(lines.slice(0, 2)).toEqual(['csv[path=/a/very/', 'long/path/to/']);
  });
});

describe('help', () => {
  it('reflows paragraphs, and breaks commands so that a shell still accepts them', () => {
    const long = `${'word '.repeat(21).trim()}\nand the rest.\n`;
    expect(widest(fitHelp(long, 60))).toBeLessThanOrEqual(60);
    expect(fitHelp(long, 60)).toMatch(/word and the rest\.\n$/);
    expect(fitHelp("  bench run --problem 'mnist[batchSize=100, model=mlp]' --seconds 20", 60)).toBe(
      "  bench run --problem 'mnist[batchSize=100, model=mlp]' \\\n    --seconds 20",
    );
    expect(fitHelp('  bench doctor    is everything there that a benchmark needs?', 45)).toBe(
      '  bench doctor    is everything there that a\n                  benchmark needs?',
    );
  });
});

describe('foreign text', () => {
  const hostile = '\u001b[31mred\u001b[39m \u001b]0;title\u0007 \u009b2J \u202eevil\u202c\r';
  const escaped = '\\u001b[31mred\\u001b[39m \\u001b]0;title\\u0007 \\u009b2J \\u202eevil\\u202c\\u000d';
  const { red, dim, bold } = colorsOf(true);

  it('is escaped, unlike our colours', () => {
    expect(forTerminal(hostile)).toBe(escaped);
    expect(forTerminal(`${red('error:')} ${hostile}`)).toBe(`\u001b[31merror:\u001b[39m ${escaped}`);
    expect(forTerminal(red(hostile))).toBe(`\u001b[31m${escaped}\u001b[39m`);
    expect(forTerminal(bold(dim(hostile)))).toContain(escaped);
    expect(forTerminal('a\r\nb\tc')).toBe('a\nb\tc');
  });

  it('is cut if a line has megabytes', () => {
    expect(forTerminal(`a\n${'x'.repeat(5_000_000)}\nb`)).toBe(
      `a\n${'x'.repeat(10_000)}… (4990000 more characters)\nb`,
    );
  });

  it('cannot copy the marks of our colours from printed text', () => {
    expect(forTerminal(forTerminal(red('a')))).toBe('\\u001b[31ma\\u001b[39m');
  });

  it.each([
    ['wrapped', (text: string) => wrap(text, 10, '')],
    ['wrapped in lines', (text: string) => wrapLines(text, 10)],
    ['broken', (text: string) => wrapCell(text, 10).join('\n')],
    ['cut', (text: string) => truncate(text, 30)],
    [
      'in a table',
      (text: string) =>
        renderTable([{ title: 'a' }, { title: 'b' }], [[text, red(text)]], {
          columns: 40,
          colors: colorsOf(true),
        }),
    ],
  ])('is escaped when it is %s', (_, change) => {
    for (const text of [hostile, red(hostile), dim(`a ${red(hostile)} b`)]) {
      const printed = forTerminal(change(text));
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the test looks for escape sequences
      expect(printed.replaceAll(/\u001b\[(?:1|2|22|31|39)m/g, '')).not.toMatch(/[^\n\u0020-\u007e…]/);
      if (text === hostile) expect(printed).not.toContain('\u001b[31mred');
    }
  });

  it('keeps the columns of a table aligned', () => {
    const rows = [
      [hostile.trim(), 'x'],
      ['short', 'y'],
    ];
    const lines = renderTable([{ title: 'a' }, { title: 'b' }], rows, { columns: 120, colors }).split('\n');
    expect(lines[1]!.indexOf('x')).toBe(lines[2]!.indexOf('y'));
    expect(lines[1]).toBe(inert(lines[1]!));
  });
});
