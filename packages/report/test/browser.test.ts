// The page in a real browser, opened from disk: it draws, it reacts, it makes no request, and hostile texts stay texts.

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Report } from '../src/schema.js';
import { writeReport } from '../src/write.js';
import { fixture } from './fixture.js';
import { timingSuite } from './timing-fixture.js';

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const override = process.env.GAUSSMARK_CHROMIUM;
const executable = override ?? CANDIDATES.find((file) => existsSync(file));
const missing =
  executable === undefined
    ? `no browser at ${CANDIDATES.join(', ')}; set GAUSSMARK_CHROMIUM to a Chromium`
    : existsSync(executable)
      ? undefined
      : `GAUSSMARK_CHROMIUM is ${executable}, which does not exist`;
if (missing !== undefined) console.warn(`skipped: the browser tests of the report (${missing})`);

const HOSTILE = '<img src=x onerror=alert(1)>';

/** The fixture with markup in every text that a plugin or a user supplies. */
function hostileReport(): Report {
  const report = fixture();
  report.title = `Title ${HOSTILE}</script>`;
  for (const run of report.runs) {
    if (run.optimizer !== 'sgd') continue;
    run.optimizer = HOSTILE;
    run.label = run.label.replace('sgd', HOSTILE);
    if (run.reason !== undefined) run.reason = HOSTILE;
  }
  for (const problem of report.problems) {
    problem.title = `${problem.name} ${HOSTILE}`;
    problem.dataset.source = HOSTILE;
  }
  for (const run of report.runs) {
    for (const point of run.curve)
      if (run.cg !== undefined) point.metrics = { ...point.metrics, [HOSTILE]: 1 };
  }
  report.skipped = [{ problem: HOSTILE, optimizer: HOSTILE, reason: HOSTILE }];
  return report;
}

describe.skipIf(missing !== undefined)(
  `the page in a browser${missing === undefined ? '' : ` (${missing})`}`,
  () => {
    let browser: Browser;
    let directory: string;
    let plain: string;
    let hostile: string;
    let page: Page;
    let complaints: string[];

    beforeAll(async () => {
      directory = mkdtempSync(path.join(tmpdir(), 'gaussmark-page-'));
      plain = (await writeReport(fixture(), path.join(directory, 'plain'))).html;
      hostile = (await writeReport(hostileReport(), path.join(directory, 'hostile'))).html;
      browser = await chromium.launch({
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
    }, 120_000);

    afterAll(async () => {
      await browser?.close();
      rmSync(directory, { recursive: true, force: true });
    });

    beforeEach(async () => {
      const context = await browser.newContext({
        colorScheme: 'light',
        viewport: { width: 1280, height: 900 },
      });
      page = await context.newPage();
      complaints = [];
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
    });

    afterEach(async () => {
      await page.context().close();
      // Whatever a test did, the console stayed empty and the network untouched.
      expect(complaints).toEqual([]);
    });

    const open = async (file: string) => {
      await page.goto(pathToFileURL(file).href);
      await page.locator('.chart svg').first().waitFor();
    };
    /** Brings every chart near the screen once. */
    const scrollThrough = async () => {
      for (const chart of await page.locator('.chart').all()) await chart.scrollIntoViewIfNeeded();
      await page.waitForFunction(() =>
        [...document.querySelectorAll('.chart')].every((chart) => chart.querySelector('svg path')),
      );
    };
    const paths = (chart: number) =>
      page
        .locator('#problem-1 .chart')
        .nth(chart)
        .locator('svg path')
        .evaluateAll((all) => all.map((one) => one.getAttribute('d')));
    const linesIn = (chart: number) =>
      page
        .locator('#problem-1 .chart')
        .nth(chart)
        .locator('svg path[fill="none"][stroke-width="1.8"]')
        .evaluateAll((all) =>
          all.map((one) => [one.getAttribute('stroke'), one.getAttribute('stroke-dasharray') !== null]),
        );

    it('draws every chart: six settings as lines, the diverged one dashed', async () => {
      await open(plain);
      await scrollThrough();
      expect(await page.locator('.chart').count()).toBe(3 + (2 + 2 + 6) + (2 + 2 + 6) + (3 + 2 + 6));
      const lines = await linesIn(0);
      expect(lines).toHaveLength(7);
      expect(lines.filter(([, dashed]) => dashed)).toHaveLength(1);
      expect(new Set(lines.map(([colour]) => colour)).size).toBe(7);
    });

    it('shows the leaderboard in its order, and why runs ended', async () => {
      await open(plain);
      const names = await page.locator('#problem-1 .leaderboard td .name').allTextContents();
      expect(names[0]).toBe('sgn[cgIterations=20]');
      expect(names.at(-1)).toBe('sgd[learningRate=1]');
      await expect
        .poll(() => page.locator('#runs tr.broken .reason').first().textContent())
        .toContain('became infinite');
    });

    it('changes the axes', async () => {
      await open(plain);
      await page.locator('#problem-1').scrollIntoViewIfNeeded();
      await page.locator('#problem-1 .chart svg').first().waitFor();
      const before = await paths(0);
      const label = () => page.locator('#problem-1 .chart').first().textContent();
      expect(await label()).toContain('iterations');
      const seconds = page.locator('#problem-1 .choice button[data-value=seconds]');
      await seconds.click();
      expect(await label()).toContain('seconds of training');
      expect(await seconds.getAttribute('aria-pressed')).toBe('true');
      const bySeconds = await paths(0);
      expect(bySeconds).not.toEqual(before);
      await page.locator('#problem-1').getByLabel('log loss').uncheck();
      expect(await paths(0)).not.toEqual(bySeconds);
      // The choice holds for the other problems.
      expect(await page.locator('#problem-2 .choice button[aria-pressed=true]').textContent()).toBe(
        'Seconds',
      );
      expect(await page.locator('#problem-2').getByLabel('log loss').isChecked()).toBe(false);
    });

    it('hides and shows series from the keyboard', async () => {
      await open(plain);
      await page.locator('#problem-1').scrollIntoViewIfNeeded();
      await page.locator('#problem-1 .chart svg').nth(1).waitFor();
      const chip = page.locator('#problem-1 .chip').first();
      await chip.focus();
      await page.keyboard.press('Enter');
      expect(await chip.getAttribute('aria-pressed')).toBe('false');
      expect([(await linesIn(0)).length, (await linesIn(1)).length]).toEqual([6, 6]);
      await page.getByRole('button', { name: 'show all' }).click();
      expect((await linesIn(0)).length).toBe(7);
    });

    it('says values under the pointer', async () => {
      await open(plain);
      await page.locator('#problem-1 .chart').first().scrollIntoViewIfNeeded();
      await page.locator('#problem-1 .chart svg').first().waitFor();
      await page
        .locator('#problem-1 .chart')
        .first()
        .hover({ position: { x: 120, y: 150 } });
      const tooltip = page.locator('.tooltip').first();
      await tooltip.waitFor();
      expect(await tooltip.textContent()).toMatch(/^iteration \d+sgn\[cgIterations=20\]\d/);
      expect(await tooltip.locator('.tooltip-name').count()).toBe(6);
    });

    it('turns dark and light, by the system and by its button', async () => {
      await open(plain);
      const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const light = await background();
      await page.getByRole('button', { name: 'Dark theme' }).click();
      const dark = await background();
      expect(dark).not.toBe(light);
      await page.getByRole('button', { name: 'Light theme' }).click();
      expect(await background()).toBe(light);
      const other = await browser.newPage({ colorScheme: 'dark' });
      await other.goto(pathToFileURL(plain).href);
      expect(await other.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe(dark);
      await other.close();
    });

    it('sorts and filters the runs', async () => {
      await open(plain);
      const rows = page.locator('#runs tbody tr');
      await page.getByLabel('Filter runs').fill('mnist sgn');
      expect(await rows.count()).toBe(12);
      await page.locator('#runs th button', { hasText: 'Test loss' }).click();
      const column = await page
        .locator('#runs thead th')
        .allTextContents()
        .then((titles) => titles.indexOf('Test loss'));
      const losses = await rows.evaluateAll(
        (all, at) => all.map((row) => Number(row.children[at]!.textContent)),
        column,
      );
      expect(losses).toEqual(losses.toSorted((a, b) => a - b));
      await page.getByLabel('Filter runs').fill('');
      await page.getByLabel('Status').selectOption('diverged');
      expect(await rows.count()).toBe(6);
    });

    it('fits a phone, and paper', async () => {
      await page.setViewportSize({ width: 390, height: 844 });
      await open(plain);
      await scrollThrough();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
      const pdf = await page.pdf({ format: 'A4' });
      expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
      // All 34 charts are in it, not only those that were on the screen: it is much larger than its text.
      expect(pdf.length).toBeGreaterThan(100_000);
    });

    it('shows hostile texts as texts', async () => {
      await open(hostile);
      await scrollThrough();
      expect(await page.locator('img').count()).toBe(0);
      expect(await page.locator('h1').textContent()).toBe(`Title ${HOSTILE}</script>`);
      expect(await page.locator('#problem-1 .chip[data-series]').last().textContent()).toContain(HOSTILE);
      expect(await page.locator('#problem-1 .chart').nth(2).textContent()).toContain('<img src=x');
      await page
        .locator('#problem-1 .chart')
        .nth(2)
        .hover({ position: { x: 300, y: 20 } });
      await page
        .locator('#problem-1 .chart')
        .first()
        .hover({ position: { x: 120, y: 150 } });
      await page.locator('.tooltip').first().waitFor();
      expect(await page.locator('.tooltip').first().textContent()).toContain(HOSTILE);
    });

    it('draws the timings of steps, on a page of their own if there are no runs', async () => {
      const report = { ...fixture(), runs: [], timing: [timingSuite()] };
      delete report.published;
      await open((await writeReport(report, path.join(directory, 'timing'))).html);
      await scrollThrough();
      expect(await page.locator('h2').allTextContents()).toEqual(['What the parts of a step cost']);
      const charts = page.locator('#timing .chart');
      expect(await charts.count()).toBe(3);
      expect(await charts.nth(0).textContent()).toMatch(/CG iteration.*1\.50/);
      expect(await charts.nth(0).textContent()).not.toContain('sgn(10)');
      expect(await charts.nth(1).textContent()).toContain('CG iterations of a step');
      expect(await charts.nth(2).textContent()).toContain('operations per byte');
      expect(await page.locator('#timing .comparison > .table-scroll tbody tr').count()).toBe(7);
      await page.locator('#timing summary').click();
      expect(await page.locator('#timing details td').allTextContents()).toContain('512x512x512');
      // The line here and the published one, which is dotted.
      const dashes = await charts
        .nth(1)
        .locator('svg path[fill="none"][stroke-width="1.8"]')
        .evaluateAll((all) => all.map((one) => one.getAttribute('stroke-dasharray') !== null));
      expect(dashes).toEqual([false, true]);
    });

    it('lets no other script run', async () => {
      await open(plain);
      const ran = await page.evaluate(() => {
        const script = document.createElement('script');
        script.textContent = 'document.title = "intruder"';
        document.body.append(script);
        return document.title === 'intruder';
      });
      expect(ran).toBe(false);
      expect(complaints.splice(0).join()).toContain('Content Security Policy');
    });
  },
);
