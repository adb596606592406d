// The report as one self-contained HTML file: no network, no eval, every text of the report inert.

import { createHash } from 'node:crypto';
import type { Report } from '@gaussmark/analysis';
import { oneLine } from '@gaussmark/core';
import { clientScript, clientStyle } from '#client-bundle';
import { pageData } from './page-data.js';

/** The client script builds the page from data embedded as JSON, setting text through `textContent` only. */
export function renderHtml(report: Report): string {
  return page({
    title: report.title,
    script: clientScript,
    data: pageData(report),
    otherFiles: 'leaderboard.md and report.json',
  });
}

export interface PageParts {
  readonly title: string;
  /** Builds the page from `data` in the element `report`. */
  readonly script: string;
  readonly data: unknown;
  /** Files with the same results, for readers without JavaScript. */
  readonly otherFiles: string;
}

/** A page with its style, data and script inline. */
export function page({ title, script, data, otherFiles }: PageParts): string {
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
<noscript><p>This page needs JavaScript. ${otherFiles}, in the same folder, have the same results.</p></noscript>
<script type="application/json" id="report-data">${embedJson(data)}</script>
<script>${inlinable(script, 'script')}</script>
</body>
</html>
`;
}

/** Only this script and style sheet may run; nothing may be fetched, framed or submitted. */
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

/** The project's logo: a bell curve. */
const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path d="M2 27C10 27 11 5 16 5s6 22 14 22" fill="none" stroke="#2f6fd0" stroke-width="4" stroke-linecap="round"/></svg>',
)}`;

/** For elements and quoted attributes. */
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
 * JSON for a script element. `<` is escaped, which rules out `</script>` and `<!--`, and so are the line separators U+2028
 * and U+2029, which were invalid in JavaScript before 2019.
 */
export function embedJson(value: unknown): string {
  return JSON.stringify(value, shortened).replace(
    /[<\u2028\u2029]/g,
    (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Seven digits are more than the page shows; report.json has all of them. */
const shortened = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(7)) : value;

/** Bundled text, checked not to end its own element. */
function inlinable(text: string, element: 'script' | 'style'): string {
  if (new RegExp(`</${element}|<!--`, 'i').test(text)) {
    throw new Error(`internal: the bundled ${element} contains markup that would end its element`);
  }
  return text;
}
