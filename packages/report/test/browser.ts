// A real browser for tests of pages: found where systems have it, watched for complaints, with axe to look for what shuts people out.

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const override = process.env.GAUSSMARK_CHROMIUM;
const executable = override ?? CANDIDATES.find((file) => existsSync(file));

/** Why there is no browser; undefined if there is one. */
export const missingBrowser =
  executable === undefined
    ? `no browser at ${CANDIDATES.join(', ')}; set GAUSSMARK_CHROMIUM to a Chromium`
    : existsSync(executable)
      ? undefined
      : `GAUSSMARK_CHROMIUM is ${executable}, which does not exist`;
if (missingBrowser !== undefined) console.warn(`skipped: tests of pages in a browser (${missingBrowser})`);

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: executable!,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export interface WatchedPage {
  readonly page: Page;
  /** Messages on the console, errors, dialogs and requests for anything but the page itself. */
  readonly complaints: string[];
}

/** A light page of 1280 x 900 pixels unless told otherwise. */
export async function openWatched(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({
    colorScheme: 'light',
    viewport: { width: 1280, height: 900 },
    ...options,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!/^(file|data):/.test(request.url())) complaints.push(`request: ${request.url()}`);
    else if (request.url().startsWith('file:') && !request.isNavigationRequest()) {
      complaints.push(`request: ${request.url()}`);
    }
  });
  return { page, complaints };
}

/** Brings every chart near the screen once. */
export async function scrollThrough(page: Page): Promise<void> {
  for (const chart of await page.locator('.chart').all()) await chart.scrollIntoViewIfNeeded();
  await page.waitForFunction(() =>
    [...document.querySelectorAll('.chart')].every((chart) => chart.querySelector('svg path')),
  );
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Axe {
  run(): Promise<{
    violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
  }>;
}

/** What axe finds of serious and critical; evaluated by the debugger, which the policy of the page does not bind. */
export async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: Axe }).axe.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) =>
        nodes.slice(0, 3).map((node) => `${id}: ${node.html} ${node.failureSummary}`),
      );
  });
}
