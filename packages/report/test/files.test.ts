// The three files of a report: Markdown, JSON and HTML, and writing them.

import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fixture, HOSTILE } from '../../analysis/test/fixture.js';
import { smallReport } from '../../analysis/test/small-report.js';
import { embedJson, escapeHtml, renderHtml } from '../src/html.js';
import { renderMarkdown } from '../src/markdown.js';
import { pageData } from '../src/page-data.js';
import { renderJson, writeReport } from '../src/write.js';

describe('Markdown', () => {
  it('is one table per problem', async () => {
    const report = smallReport([
      {
        label: 'sgn[cgIterations=3]',
        seed: 1,
        losses: [[0.5, 0.25]],
        secondsPerStep: 0.002,
        innerIterations: 2.5,
      },
      {
        label: 'sgn[cgIterations=3]',
        seed: 2,
        losses: [[0.5, 0.25]],
        secondsPerStep: 0.002,
        innerIterations: 2.5,
      },
      { label: 'sgd[learningRate=0.1]', seed: 1, losses: [[1, 1]] },
      { label: 'sgd[learningRate=0.1]', seed: 2, losses: [[1, 1]] },
      {
        label: 'sgd[learningRate=1]',
        seed: 1,
        status: 'diverged',
        reason: 'the train loss became NaN',
        losses: [[9, null]],
      },
      {
        label: 'sgd[learningRate=1]',
        seed: 2,
        status: 'diverged',
        reason: 'the train loss became NaN',
        losses: [[9, null]],
      },
    ]);
    await expect(renderMarkdown(report)).toMatchFileSnapshot('screens/leaderboard.md');
  });

  it('escapes texts of plugins', () => {
    const report = smallReport([
      {
        label: `a|b\`c ${HOSTILE}`,
        status: 'failed',
        reason: `${HOSTILE} [x](javascript:alert(1)) **bold**\n# heading`,
      },
    ]);
    report.title = `${HOSTILE}_x_`;
    const text = renderMarkdown(report);
    expect(text).toContain('# &lt;img src=x onerror=alert(1)&gt;\\_x\\_\n');
    expect(text).toContain('| 1 | ``a\\|b`c <img src=x onerror=alert(1)>`` |');
    expect(text).toContain(
      'failed. &lt;img src=x onerror=alert(1)&gt; \\[x\\](javascript:alert(1)) \\*\\*bold\\*\\* # heading\n',
    );
    // Outside code spans no angle bracket but our own <sub> and <br> is left.
    expect(text.replace(/``.*?``(?!`)/g, '').replace(/<\/?sub>|<br>/g, '')).not.toContain('<');
  });
});

describe('invisible characters', () => {
  const invisible = '\u001b[2J\u009b\u202egnp\u2028\u0000';
  const shown = '\\u001b[2J\\u009b\\u202egnp';
  const report = structuredClone(
    smallReport([
      { label: `sgd${invisible}`, status: 'failed', reason: `why${invisible}` },
      { label: 'sgn' },
    ]),
  );
  report.title = invisible;
  Object.assign(report.problems[0]!, { title: `Boston${invisible}` });
  Object.assign(report.runs[1]!.curve[0]!, { metrics: { [`m${invisible}`]: 1 } });

  it.each([
    ['Markdown', () => renderMarkdown(report)],
    ['the page', () => renderHtml(report).replace(/<(script|style)>.*?<\/\1>/gs, '')],
    ['the data of the page', () => JSON.stringify(JSON.parse(embedJson(pageData(report))))],
  ])('are escaped in %s', (_, render) => {
    const text = render();
    expect(text).not.toMatch(/(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}]/u);
    expect(text).toContain('gnp');
  });

  it('and megabytes of text are cut in Markdown and on the page', () => {
    const long = structuredClone(report);
    long.runs[0]!.reason = 'x'.repeat(5_000_000);
    expect(renderMarkdown(long)).toContain('4995000');
    expect(renderMarkdown(long).length + JSON.stringify(pageData(long)).length).toBeLessThan(200_000);
  });

  it('survive JSON', () => {
    expect(JSON.parse([...renderJson(report)].join(''))).toEqual(report);
    expect(pageData(report).title).toContain(shown);
  });
});

describe('JSON', () => {
  it('is the report, one run per line', () => {
    const report = fixture();
    const text = [...renderJson(report)].join('');
    expect(JSON.parse(text)).toEqual(report);
    expect(text.split('\n').filter((line) => line.startsWith('    {"id":'))).toHaveLength(report.runs.length);
  });
});

describe('HTML', () => {
  it('escapes the title', () => {
    const report = smallReport([{ label: 'sgd' }]);
    report.title = `</title>${HOSTILE}"'&`;
    expect(renderHtml(report)).toContain(
      '<title>&lt;/title&gt;&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;</title>',
    );
    expect(escapeHtml('a<b')).toBe('a&lt;b');
  });

  it('embeds data that cannot end its element', () => {
    const hostile = { a: '</script><!--', b: '\u2028\u2029' };
    const text = embedJson(hostile);
    expect(text).toBe('{"a":"\\u003c/script>\\u003c!--","b":"\\u2028\\u2029"}');
    expect(JSON.parse(text)).toEqual(hostile);
    expect(renderHtml(smallReport([{ label: HOSTILE }]))).not.toContain(HOSTILE);
  });

  it('allows its own script and style by hash, and nothing else', () => {
    const html = renderHtml(fixture());
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(html)![1]!;
    const body = (element: string) => new RegExp(`<${element}>([\\s\\S]*?)</${element}>`).exec(html)![1]!;
    const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      `script-src ${hash(body('script'))}`,
      `style-src ${hash(body('style'))}`,
      'img-src data:',
      "base-uri 'none'",
      "form-action 'none'",
    ]);
    const markup = html.replace(/<(script|style)\b[\s\S]*?<\/\1>/g, '');
    expect(markup.match(/ (style|on\w+|src)=|stylesheet/g)).toBeNull();
  });

  it('stays small: 63 runs under 1.2 MB, 2,016 runs under 4 MB', () => {
    expect(renderHtml(fixture()).length).toBeLessThan(1.2e6);
    expect(renderHtml(fixture(32)).length).toBeLessThan(4e6);
  });
});

describe('writing', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'gaussmark-report-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('creates the directory and three files, nothing else', async () => {
    const report = smallReport([{ label: 'sgd' }]);
    const target = path.join(directory, 'a/b');
    const files = await writeReport(report, target);
    expect(readdirSync(target).sort()).toEqual(['index.html', 'leaderboard.md', 'report.json']);
    expect(readFileSync(files.json, 'utf8')).toBe([...renderJson(report)].join(''));
    expect(readFileSync(files.markdown, 'utf8')).toBe(renderMarkdown(report));
    expect(readFileSync(files.html, 'utf8')).toBe(renderHtml(report));
  });

  it('writes nothing if the report is invalid', async () => {
    const report = smallReport([{ label: 'sgd', losses: [[Number.NaN, 1]] }]);
    const target = path.join(directory, 'none');
    await expect(writeReport(report, target)).rejects.toMatchObject({
      name: 'GaussmarkError',
      summary: expect.stringMatching(/^internal: /),
      pointer: '/runs/0/curve/0/trainLoss',
    });
    expect(existsSync(target)).toBe(false);
  });

  it('leaves no partial file if a write fails', async () => {
    const blocked = path.join(directory, 'file');
    writeFileSync(blocked, 'old');
    await expect(writeReport(smallReport([{ label: 'sgd' }]), blocked)).rejects.toMatchObject({
      name: 'StorageError',
      place: expect.stringContaining(directory),
    });
    expect(readFileSync(blocked, 'utf8')).toBe('old');
    expect(readdirSync(directory)).toEqual(['file']);
  });
});
