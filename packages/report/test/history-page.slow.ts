// The page of a history in a real browser, opened from disk.

import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { HistoryReport } from '@gaussmark/analysis';
import { isOpen } from '@gaussmark/analysis/words';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { HOSTILE } from '../../analysis/test/fixture.js';
import { historyFixture, machineFixture } from '../../analysis/test/history-fixture.js';
import { writeHistory } from '../src/history/write.js';
import { missingBrowser, scrollThrough, seriousFindings, watchPages } from './browser.js';

function hostileHistory(): HistoryReport {
  const report = historyFixture(40);
  report.title = HOSTILE;
  const [machine] = report.machines;
  for (const night of machine!.nights) night.subject = `${HOSTILE}</script>`;
  for (const measure of machine!.measures) {
    measure.quantity = `${HOSTILE} ${measure.quantity}`;
    for (const change of measure.changes) change.acknowledged = HOSTILE;
  }
  return report;
}

describe.skipIf(missingBrowser !== undefined)('the page of a history in a browser', () => {
  let page: Page;
  const files = new Map<string, string>();
  const long = historyFixture(200);
  watchPages(
    async (directory) => {
      const two = historyFixture(40);
      two.machines.push(machineFixture(12, 'another-machine'));
      const reports = { long, two, short: historyFixture(3), hostile: hostileHistory() };
      for (const [name, report] of Object.entries(reports)) {
        files.set(name, (await writeHistory(report, path.join(directory, name))).html);
      }
    },
    (watched) => {
      page = watched.page;
    },
  );

  const open = async (name: string, hash = '') => {
    await page.goto(`${pathToFileURL(files.get(name)!).href}${hash}`);
    await page.locator('#changes').waitFor();
  };
  const rows = () => page.locator('#changes tbody tr');

  it('shows open changes first, filters and sorts', async () => {
    await open('long');
    const [machine] = long.machines;
    const openCount = machine!.measures.filter(isOpen).length;
    expect(await page.locator('.notice').textContent()).toMatch(new RegExp(`^${openCount}\\b`));
    await page.getByLabel('Which measures').selectOption('open');
    expect(await rows().count()).toBe(Math.min(25, openCount));
    expect(await rows().locator('.badge.bad').count()).toBe(Math.min(25, openCount));
    await page.getByLabel('Which measures').selectOption('timings');
    await page.getByLabel('Filter measures').fill('mnist gradient');
    expect(await rows().count()).toBe(3);
    await page.getByLabel('Filter measures').fill('');
    await page.locator('#changes').getByRole('button', { name: 'Latest change' }).click();
    const sizes = await rows().locator('.size').allTextContents();
    const percents = sizes.map((text) => Number(text.replace('−', '-').replace(/ %$/, '')));
    expect(percents).toEqual(percents.toSorted((a, b) => a - b));
  });

  it('draws the measures that are noisy or changed; the others are a table', async () => {
    await open('long');
    const [machine] = long.machines;
    const drawn = machine!.measures.filter(({ tier, changes }) => tier === 'timed' || changes.length > 0);
    expect(await page.locator('figure.measure').count()).toBe(drawn.length);
    await scrollThrough(page);
    const index = machine!.measures.findIndex(({ tier, changes }) => tier === 'timed' && changes.length >= 2);
    const { changes, segments } = machine!.measures[index]!;
    const figure = page.locator(`#measure-${index + 1}`);
    expect(await figure.locator('svg path[fill="none"][stroke-width="2"]').count()).toBe(segments.length);
    expect(await figure.locator('svg path[stroke-dasharray]').count()).toBe(changes.length);
    expect(await figure.locator('.change-list li').count()).toBe(changes.length);
    const constant = machine!.measures.length - drawn.length;
    expect(await page.locator('.constant tbody tr').count()).toBe(constant);
  });

  it('shows commit, subject, date and value under the pointer', async () => {
    await open('short');
    const chart = page.locator('figure.measure .chart').first();
    await chart.scrollIntoViewIfNeeded();
    await chart.locator('svg').waitFor();
    const box = (await chart.boundingBox())!;
    await chart.hover({ position: { x: box.width - 100, y: 100 } });
    const tooltip = page.locator('.tooltip').first();
    await tooltip.waitFor();
    expect(await tooltip.textContent()).toMatch(
      /2026-01-06 · [0-9a-f]{10}Write the guide to plugins\d+\.\d ms \[/,
    );
  });

  it('links measures and commits to charts, also from outside', async () => {
    await open('long');
    await page.locator('#changes .measure-link').first().click();
    const hash = await page.evaluate(() => location.hash);
    expect(hash).toMatch(/^#measure-\d+$/);
    await expect.poll(() => page.locator(`${hash} .chart svg`).count()).toBe(1);
    const first = page.locator('.commit-changes a').first();
    const href = await first.getAttribute('href');
    await first.focus();
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => location.hash)).toBe(href);
    expect(await page.locator('.commits a.commit').first().getAttribute('href')).toMatch(
      /^https:\/\/example\.org\/gaussmark\/commit\/[0-9a-f]{40}$/,
    );
    const constant = long.machines[0]!.measures.findIndex(
      ({ tier, changes }) => tier === 'hard' && changes.length === 0,
    );
    await open('long', `#measure-${constant + 1}`);
    expect(await page.locator(`#measure-${constant + 1}`).isVisible()).toBe(true);
  });

  it('shows earlier commits on request', async () => {
    await open('long');
    expect(await page.locator('.commits > li').count()).toBe(12);
    await page.getByRole('button', { name: /^Show \d+/ }).click();
    expect(await page.locator('.commits > li').count()).toBeGreaterThan(12);
  });

  it('announces after three nights how many more it takes to judge timings', async () => {
    await open('short');
    expect(await page.locator('#changes .notes').textContent()).toMatch(/\b7 more nights/);
    expect(await page.locator('.notice').count()).toBe(0);
    expect(await page.locator('figure.measure > .hint').first().textContent()).toMatch(/^7 more nights/);
  });

  it('switches to another machine', async () => {
    await open('two');
    await page.getByRole('button', { name: 'another-machine' }).click();
    expect(await page.locator('.lede').textContent()).toMatch(/^12 nights/);
    expect(await page.getByRole('button', { name: 'another-machine' }).getAttribute('aria-pressed')).toBe(
      'true',
    );
  });

  it('shows hostile texts as texts', async () => {
    await open('hostile');
    await scrollThrough(page);
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('h1').textContent()).toBe(HOSTILE);
    expect(await page.locator('figcaption').first().textContent()).toContain(HOSTILE);
    const chart = page.locator('figure.measure .chart').first();
    await chart.scrollIntoViewIfNeeded();
    await chart.hover({ position: { x: 200, y: 100 } });
    await page.locator('.tooltip').first().waitFor();
    expect(await page.locator('.tooltip-subject').first().textContent()).toContain(HOSTILE);
  });

  it('fits a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await open('long');
    await scrollThrough(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  });

  it.each(['light', 'dark'] as const)('has no serious accessibility violations, %s', async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    await open('two');
    await scrollThrough(page);
    expect(await seriousFindings(page)).toEqual([]);
  });
});
