// The documentation pages: one line per paragraph, links that resolve, and paths that exist.

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const read = (page: string) => readFileSync(path.join(ROOT, page), 'utf8');

const TOP_LEVEL = new Set(['.github', 'bench', 'docs', 'packages', 'scripts']);
const PACKAGES = new Set(readdirSync(path.join(ROOT, 'packages')));

/** Without generated reports and snapshots. */
const PAGES = execFileSync('git', ['ls-files', '*.md'], { cwd: ROOT, encoding: 'utf8' })
  .split('\n')
  .filter(
    (page) =>
      page !== '' &&
      !page.endsWith('/leaderboard.md') &&
      !page.includes('/screens/') &&
      existsSync(path.join(ROOT, page)),
  );

/** What may follow a line of text without a blank line: a list item, a table row, HTML, a fence. */
const BEGINS_A_BLOCK = /^\s*(?:[-*+] |\d+\. |\||<|```)/;

const withoutCode = (text: string) => text.replaceAll(/^( *)```[\s\S]*?^\1```$/gm, '');

/** GitHub's anchor of a heading. */
const anchor = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const anchorsOf = (page: string) =>
  [...withoutCode(read(page)).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchor(heading!));

describe.each(PAGES)('%s', (page) => {
  const text = withoutCode(read(page));

  it('has one line per paragraph', () => {
    const lines = text.split('\n');
    const wrapped = lines.filter(
      (line, i) =>
        i > 0 && /\S/.test(line) && !BEGINS_A_BLOCK.test(line) && /^\s*[^\s#|<]/.test(lines[i - 1]!),
    );
    expect(wrapped).toEqual([]);
  });

  it('links to files and headings that exist', () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
    const broken = links
      .filter((link) => !/^https?:/.test(link))
      .filter((link) => {
        const [file = '', heading] = link.split('#');
        const target = file === '' ? page : path.posix.join(path.posix.dirname(page), file);
        if (!existsSync(path.join(ROOT, target))) return true;
        return heading !== undefined && !anchorsOf(target).includes(heading);
      });
    expect(broken).toEqual([]);
  });

  it('names paths that exist', () => {
    const paths = [...text.matchAll(/`([\w.-]+\/[\w./-]+)`/g)]
      .map(([, name]) => name!)
      .map((name) => (PACKAGES.has(name.split('/')[0]!) ? `packages/${name}` : name))
      .filter((name) => TOP_LEVEL.has(name.split('/')[0]!) && !/NAME/.test(name));
    expect(paths.filter((name) => !existsSync(path.join(ROOT, name)))).toEqual([]);
  });
});
