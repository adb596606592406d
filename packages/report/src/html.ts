// The report as one HTML file that opens from disk: no network, no eval, every text of the report inert.

import { createHash } from 'node:crypto';
import type { Report } from '@gaussmark/analysis';
import { oneLine } from '@gaussmark/core';
import { clientScript, clientStyle } from '#client-bundle';
import { pageData } from './page-data.js';

/** The page. It is drawn by the client script from data embedded as JSON, through `textContent` alone. */
export function renderHtml(report: Report): string {
  return page({
    title: report.title,
    script: clientScript,
    data: pageData(report),
    elsewhere: 'leaderboard.md and report.json',
  });
}

export interface PageParts {
  readonly title: string;
  /** What draws the page from `data` into the element `report`. */
  readonly script: string;
  readonly data: unknown;
  /** The files that hold the same results. */
  readonly elsewhere: string;
}

/** A page that is one file: style, data and script inside, nothing fetched. */
export function page({ title, script, data, elsewhere }: PageParts): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy(script)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(oneLine(title))}</title>
<link rel="icon" href="${ICON}">
<style>${inlinable(clientStyle, 'style')}</style>
</head>
<body>
<div id="report"></div>
<noscript><p>This page draws its charts with JavaScript. The same results are in ${elsewhere} beside it.</p></noscript>
<script type="application/json" id="report-data">${embedJson(data)}</script>
<script>${inlinable(script, 'script')}</script>
</body>
</html>
`;
}

/** Only this very script and style sheet may run; nothing may be fetched, framed or submitted. */
function contentSecurityPolicy(script: string): string {
  return [
    "default-src 'none'",
    `script-src '${hash(script)}'`,
    `style-src '${hash(clientStyle)}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

const hash = (text: string): string => `sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}`;

/** A bell curve, the project's mark. */
const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path d="M2 27C10 27 11 5 16 5s6 22 14 22" fill="none" stroke="#2f6fd0" stroke-width="4" stroke-linecap="round"/></svg>',
)}`;

/** Text as HTML, in elements and in quoted attributes. */
export function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (mark) => entities[mark]!);
}

/**
 * JSON inside a script element. `<` is written as an escape, so that neither `</script>` nor `<!--` can occur, and the line
 * separators U+2028 and U+2029 too, which were not JavaScript before 2019.
 */
export function embedJson(value: unknown): string {
  return JSON.stringify(value, shortened).replace(
    /[<\u2028\u2029]/g,
    (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Numbers with seven digits, more than the page shows of any; report.json has them all. */
const shortened = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(7)) : value;

/** What the bundler made, which must not end its own element. */
function inlinable(text: string, element: 'script' | 'style'): string {
  if (new RegExp(`</${element}|<!--`, 'i').test(text)) {
    throw new Error(`internal: the bundled ${element} contains markup that would end its element`);
  }
  return text;
}
