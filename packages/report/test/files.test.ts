// The three files: Markdown, JSON and HTML as texts, and how they are written.

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
  it('is one table per problem', () => {
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
    expect(renderMarkdown(report)).toMatchInlineSnapshot(`
      "# Small

      Made 2026-03-01 14:05 UTC by gaussmark 0.1.0, profile \`default\`: \`gaussmark run\`

      ## boston

      boston (404 / 102 examples) · mlp with 11,601 parameters · squaredError · batch 101 · float32 · train loss averaged over mini-batches

      **At equal epochs (1 each): sgn\\[cgIterations=3\\] ends at a test loss of 0.250, sgd\\[learningRate=0.1\\] at 1.00, the first with 2.00 times the training time: not separated (2 seeds, p = 0.50; at least 6 seeds are needed for a clear lead).**

      | # | # 95 % | optimizer | test loss | train loss | best test loss | epochs | seconds | step | × sgd | inner/step | status |
      | ---: | ---: | :--- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | :--- |
      | 1 | 1 | \`sgn[cgIterations=3]\` | 0.250 \\[0.250, 0.250\\] | 0.500 \\[0.500, 0.500\\] | 0.250 \\[0.250, 0.250\\] | 1 | 20.0 ms \\[20.0 ms, 20.0 ms\\] | 2.00 ms \\[2.00 ms, 2.00 ms\\] | 2.00× \\[2.00×, 2.00×\\] | 2.50 \\[2.50, 2.50\\] | 2/2 done |
      | 2 | 2 | \`sgd[learningRate=0.1]\` | 1.00 \\[1.00, 1.00\\] | 1.00 \\[1.00, 1.00\\] | 1.00 \\[1.00, 1.00\\] | 1 | 10.0 ms \\[10.0 ms, 10.0 ms\\] | 1.00 ms \\[1.00 ms, 1.00 ms\\] | 1.00× \\[1.00×, 1.00×\\] | – | 2/2 done |
      | 3 | 3 | \`sgd[learningRate=1]\` | – | – | – | 1 | – | 1.00 ms \\[1.00 ms, 1.00 ms\\] | 1.00× \\[1.00×, 1.00×\\] | – | 2/2 diverged |

      <sub>Means over 2 seeds at the end, ranked by test loss; 95 % bootstrap intervals over seeds (2000 resamples, seeded; BCa from 5 seeds up, percentile below, where they are narrower than their level says).</sub><br>
      <sub>Whether seeds have different starting weights was not recorded.</sub><br>
      <sub>× sgd: time of a step over that of sgd\\[learningRate=0.1\\] (1.00 ms).</sub><br>
      <sub>inner/step: CG iterations of a step.</sub>

      ### Time to target

      | optimizer | reached | iterations | epochs | seconds | end |
      | :--- | ---: | ---: | ---: | ---: | :--- |
      | \`sgn[cgIterations=3]\` | 2 of 2 \\[34, 100\\] % | 10 \\[10, 10\\] | 1 \\[1, 1\\] | 20.0 ms \\[20.0 ms, 20.0 ms\\] | – |
      | \`sgd[learningRate=0.1]\` | 2 of 2 \\[34, 100\\] % | 10 \\[10, 10\\] | 1 \\[1, 1\\] | 10.0 ms \\[10.0 ms, 10.0 ms\\] | – |
      | \`sgd[learningRate=1]\` | 0 of 2 \\[0, 66\\] % | – | – | – | diverged at step 10 |

      <sub>Target: test loss ≤ 1.00, derived: what every seed of the runner-up's best setting ended at or below.</sub><br>
      <sub>Medians over seeds by Kaplan and Meier: a seed that never reached the target counts as still on its way when it ended, one that broke as if it had been given as long as the others. Reached means: where runs are evaluated. 95 % percentile-bootstrap intervals of redrawn seeds (500 resamples).</sub>

      ## Best against runner-up

      | problem | best | runner-up | pairs | loss ratio | effect | p | p (Holm) | verdict |
      | :--- | :--- | :--- | ---: | ---: | ---: | ---: | ---: | :--- |
      | boston | \`sgn[cgIterations=3]\` | \`sgd[learningRate=0.1]\` | 2 | 4.00 \\[4.00, 4.00\\] at 50.0 % | 1.0 | 0.50 | 0.50 | not separated |

      <sub>The best setting of the best optimizer against that of the next, seed by seed, by final test loss. Settings were chosen by the same losses, which flatters both.</sub><br>
      <sub>Exact sign-flip permutation test up to 16 pairs, Wilcoxon beyond; two-sided; p (Holm) is corrected for 1 problem.</sub><br>
      <sub>With 2 pairs no p can be below 0.50: a clear lead needs at least 6 seeds.</sub>

      ## Inner loops

      ### boston

      | optimizer | inner/step | CG iteration | step | share of step % |
      | :--- | ---: | ---: | ---: | ---: |
      | \`sgn[cgIterations=3]\` | 2.50 \\[2.50, 2.50\\] | 1.00 ms \\[1.00 ms, 1.00 ms\\] | 2.00 ms \\[2.00 ms, 2.00 ms\\] | 125 \\[125, 125\\] |

      ## Runs that did not finish

      - boston, \`sgd[learningRate=1]\`, seeds 1, 2: diverged. the train loss became NaN

      ## Environment

      AMD EPYC 9B14, 2 cores, 16.0 GiB · Linux 6.8.0 x64 · Node 20.20.2 · onnxruntime 1.30.0 · 1 thread · commit 0f3c1c7e9d5b
      "
    `);
  });

  it('shows texts of plugins as texts', () => {
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

describe('control characters and turned text', () => {
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
  ])('are written out in %s', (_, render) => {
    const text = render();
    expect(text).not.toMatch(/(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}]/u);
    expect(text).toContain('gnp');
  });

  it('and messages of megabytes are cut in Markdown and on the page', () => {
    const long = structuredClone(report);
    long.runs[0]!.reason = 'x'.repeat(5_000_000);
    expect(renderMarkdown(long)).toContain('(4995000 more characters)');
    expect(renderMarkdown(long).length + JSON.stringify(pageData(long)).length).toBeLessThan(200_000);
  });

  it('are escaped by JSON, and read back', () => {
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

  it('makes the directory and leaves three files, and nothing else', async () => {
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
    await expect(writeReport(report, target)).rejects.toThrow(
      /^internal: [\s\S]*\/runs\/0\/curve\/0\/trainLoss/,
    );
    expect(existsSync(target)).toBe(false);
  });

  it('leaves no half-written file where a write fails', async () => {
    const blocked = path.join(directory, 'file');
    writeFileSync(blocked, 'old');
    await expect(writeReport(smallReport([{ label: 'sgd' }]), blocked)).rejects.toThrow(/EEXIST|ENOTDIR/);
    expect(readFileSync(blocked, 'utf8')).toBe('old');
    expect(readdirSync(directory)).toEqual(['file']);
  });
});
