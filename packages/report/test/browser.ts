// A real browser for tests of pages, watched for complaints, with axe to check accessibility.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const override = process.env.GAUSSMARK_CHROMIUM;
const executable = override ?? CANDIDATES.find((file) => existsSync(file));

/** Why there is no browser; undefined with one. */
export const missingBrowser =
  executable === undefined
    ? `no browser at ${CANDIDATES.join(', ')}; set GAUSSMARK_CHROMIUM to a Chromium`
    : existsSync(executable)
      ? undefined
      : `GAUSSMARK_CHROMIUM is ${executable}, which does not exist`;
if (missingBrowser !== undefined) console.warn(`skipped: tests of pages in a browser (${missingBrowser})`);

function launchBrowser(): Promise<Browser> {
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
  /** Console messages, errors, dialogs, and requests for anything but the page itself. */
  readonly complaints: string[];
}

/**
 * Gives each test of a suite a page in one shared browser, and the suite a folder for its files. A test fails if its page
 * logs to the console or uses the network.
 *
 * @param write puts files into the folder before the tests
 * @param use takes the page before each test
 */
export function watchPages(
  write: (directory: string) => Promise<void>,
  use: (watched: WatchedPage) => void,
): { readonly directory: string } {
  const place = { directory: '' };
  let browser: Browser;
  let watched: WatchedPage;
  beforeAll(async () => {
    place.directory = mkdtempSync(path.join(tmpdir(), 'gaussmark-pages-'));
    await write(place.directory);
    browser = await launchBrowser();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    rmSync(place.directory, { recursive: true, force: true });
  });
  beforeEach(async () => {
    watched = await openWatched(browser);
    use(watched);
  });
  afterEach(async () => {
    await watched.page.context().close();
    expect(watched.complaints).toEqual([]);
  });
  return place;
}

/** Light, 1280 x 900 pixels. */
async function openWatched(browser: Browser): Promise<WatchedPage> {
  const context = await browser.newContext({
    colorScheme: 'light',
    viewport: { width: 1280, height: 900 },
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

export async function allDrawn(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    [...document.querySelectorAll('.chart')].every((chart) => chart.querySelector('svg path')),
  );
}

/** Scrolls every chart into view once. */
export async function scrollThrough(page: Page): Promise<void> {
  for (const chart of await page.locator('.chart').all()) await chart.scrollIntoViewIfNeeded();
  await allDrawn(page);
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Axe {
  run(): Promise<{
    violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
  }>;
}

/** Serious and critical findings of axe, evaluated by the debugger, to which the page's policy does not apply. */
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
