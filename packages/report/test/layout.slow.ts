// The layout of pages on screens and paper.

import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Report } from '@gaussmark/analysis';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { fixture, problemsReport } from '../../analysis/test/fixture.js';
import { historyFixture } from '../../analysis/test/history-fixture.js';
import { timingSuite } from '../../analysis/test/timing-fixture.js';
import { writeHistory } from '../src/history/write.js';
import { writeReport } from '../src/write.js';
import { renderFigures } from '../src/write-extras.js';
import { allDrawn, missingBrowser as missing, seriousFindings, watchPages } from './browser.js';

const LONG_PROBLEM =
  'csv[path=/home/someone/a/rather/long/path/to/the/houses-of-boston.csv,target=price,task=regression]+mlp[hidden=[64,64]][batchSize=100]';
const LONG_SETTING =
  'damping=0.0003482,dampingSchedule=cosine,lineSearch=true,momentum=0.06034,preconditioned=true,trustRegion=true';

/** The fixture with names as long as those of users' files and tuned optimizers. */
function longReport(): Report {
  const report = fixture();
  report.title = `sgn and sgd on ${LONG_PROBLEM}`;
  report.command = [
    'bench',
    'run',
    '--problem',
    LONG_PROBLEM,
    '--optimizer',
    `sgn[${LONG_SETTING}]`,
    '--epochs',
    '9',
  ];
  const [problem] = report.problems;
  const { name } = problem!;
  problem!.name = LONG_PROBLEM;
  problem!.title = LONG_PROBLEM;
  for (const run of report.runs) {
    run.label = run.label.replace(/]$/, `,${LONG_SETTING}]`);
    if (run.problem === name) run.problem = LONG_PROBLEM;
    if (run.status === 'diverged') run.reason = `at ${'x'.repeat(200)}`;
  }
  report.timing = [timingSuite()];
  delete report.published;
  return report;
}

// Draws whole pages, which is slow on a busy machine.
describe.skipIf(missing !== undefined)('pages on screens and paper', { timeout: 120_000 }, () => {
  let page: Page;
  const files: Record<string, string> = {};
  const place = watchPages(
    async (directory) => {
      files.long = (await writeReport(longReport(), path.join(directory, 'long'))).html;
      files.plain = (await writeReport(fixture(), path.join(directory, 'plain'))).html;
      files.history = (await writeHistory(historyFixture(), path.join(directory, 'history'))).html;
    },
    (watched) => {
      page = watched.page;
    },
  );

  const open = (name: string) => page.goto(pathToFileURL(files[name]!).href);

  it.each([390, 500, 800, 1200, 1280])('has nothing wider than a screen of %i px', async (width) => {
    await page.setViewportSize({ width, height: 900 });
    for (const name of Object.keys(files)) {
      await open(name);
      await allDrawn(page);
      expect([name, await page.evaluate(() => document.documentElement.scrollWidth)]).toEqual([name, width]);
      // Only tables, navigation and the content of charts may extend beyond it.
      const beyond = await page.evaluate(() =>
        [...document.querySelectorAll('main *, header *')]
          .filter((one) => !one.closest('.table-scroll, nav, .chart, .visually-hidden'))
          .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
          .map((one) => `${one.tagName}.${one.className}`),
      );
      expect([name, beyond]).toEqual([name, []]);
    }
  });

  it('shows at 1280 px how the runs of each row of a leaderboard ended', async () => {
    for (const name of ['long', 'plain']) {
      await open(name);
      const boards = await page.locator('.leaderboard .table-scroll').evaluateAll((all) =>
        all.map((board) => ({
          hidden: board.scrollWidth - board.clientWidth,
          rows: board.querySelectorAll('tbody tr').length,
          statuses: [...board.querySelectorAll('[data-column=status]')].filter((status) => {
            const { left, right, width } = status.getBoundingClientRect();
            return width > 0 && left >= 0 && right <= 1280;
          }).length,
        })),
      );
      expect(boards).toHaveLength(3);
      for (const { hidden, rows, statuses } of boards) expect([hidden, statuses]).toEqual([0, rows]);
    }
  });

  it('keeps names in view while a table scrolls, with shadows at hidden edges', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await open('long');
    const table = page.locator('.leaderboard .overflow').first();
    await expect.poll(() => table.getAttribute('class')).toBe('overflow more-right');
    const name = table.locator('tbody td.sticky').first();
    const before = await name.boundingBox();
    await table.locator('.table-scroll').evaluate((region) => region.scrollTo({ left: 200 }));
    await expect.poll(() => table.getAttribute('class')).toBe('overflow more-right more-left');
    const after = await name.boundingBox();
    expect(after!.x).toBeGreaterThanOrEqual(0);
    expect(after!.x + after!.width).toBeLessThanOrEqual(260);
    expect(after!.x).toBeLessThanOrEqual(before!.x);
    await table.locator('.table-scroll').evaluate((region) => region.scrollTo({ left: 9999 }));
    await expect.poll(() => table.getAttribute('class')).toBe('overflow more-left');
  });

  it('draws every chart without scrolling', async () => {
    await open('plain');
    await allDrawn(page);
    expect(await page.locator('.chart').count()).toBe(44);
    expect(await page.evaluate(() => scrollY)).toBe(0);
  });

  it('prints in light colours, unfolded, without controls, series told apart without colour', async () => {
    await page.emulateMedia({ colorScheme: 'dark' });
    await open('plain');
    await allDrawn(page);
    const background = () => page.evaluate(() => getComputedStyle(document.body).color);
    const dark = await background();
    await page.emulateMedia({ colorScheme: 'dark', media: 'print' });
    await expect.poll(background).not.toBe(dark);
    expect(await page.locator('details:not([open])').count()).toBe(0);
    for (const control of ['.bar', '.view-controls', '.filters', '.command-bar', '.pager button']) {
      expect(await page.locator(control).first().isVisible()).toBe(false);
    }
    const widths = await page
      .locator('.chart svg')
      .evaluateAll((all) => all.map((chart) => chart.getAttribute('width')));
    expect(new Set(widths)).toEqual(new Set(['640']));
    // Seven settings, seven different marks.
    const marks = await page
      .locator('#problem-1 .legend .sign')
      .evaluateAll((all) =>
        all.map(
          (sign) =>
            `${sign.lastElementChild!.getAttribute('d')} ${sign.lastElementChild!.getAttribute('class')}`,
        ),
      );
    expect(marks).toHaveLength(7);
    expect(new Set(marks).size).toBe(7);
    await page.emulateMedia({ colorScheme: 'dark', media: 'screen' });
    await expect.poll(background).toBe(dark);
    expect(await page.locator('details:not([open])').count()).toBeGreaterThan(0);
  });

  it('prints the sections that were never opened', async () => {
    const report = problemsReport(8);
    delete report.published;
    await page.goto(pathToFileURL((await writeReport(report, path.join(place.directory, 'many'))).html).href);
    expect(await page.locator('.leaderboard').count()).toBe(0);
    await page.emulateMedia({ media: 'print' });
    await expect.poll(() => page.locator('.leaderboard').count()).toBe(8);
    await allDrawn(page);
  });

  it('reaches every section from the navigation bar on a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await open('long');
    const links = page.locator('.bar nav a');
    const count = await links.count();
    expect(count).toBeGreaterThan(6);
    await expect.poll(() => page.locator('.bar .overflow').getAttribute('class')).toBe('overflow more-right');
    const inSight = await links.evaluateAll(
      (all) => all.filter((link) => link.getBoundingClientRect().right <= 390).length,
    );
    expect(inSight).toBeGreaterThanOrEqual(2);
    for (const link of await links.all()) {
      await link.click();
      const box = (await link.boundingBox())!;
      expect(box.height).toBeGreaterThanOrEqual(40);
      const target = (await link.getAttribute('href'))!;
      await expect
        .poll(() => page.locator(target).evaluate((section) => section.getBoundingClientRect().top))
        .toBeLessThan(844);
    }
  });

  it('shows and copies the whole command', async () => {
    await open('long');
    const shown = await page.locator('.command code').textContent();
    expect(shown).toContain('--epochs 9');
    const { scrollWidth, clientWidth } = await page
      .locator('.command')
      .evaluate(({ scrollWidth, clientWidth }) => ({ scrollWidth, clientWidth }));
    expect(scrollWidth).toBe(clientWidth);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy command' }).click();
    await page.getByText('Copied').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(shown);
  });

  it('copies the command without the clipboard API', async () => {
    await page.addInitScript(() => {
      Object.defineProperty(navigator, 'clipboard', { value: undefined });
      document.addEventListener('copy', () => {
        document.title = String(getSelection());
      });
    });
    await open('long');
    const shown = await page.locator('.command code').textContent();
    await page.getByRole('button', { name: 'Copy command' }).click();
    await page.getByText('Copied').waitFor();
    expect(await page.title()).toBe(shown);
  });

  it.each(['light', 'dark'] as const)(
    'has no serious accessibility violations on a phone, %s',
    async (colorScheme) => {
      await page.setViewportSize({ width: 390, height: 844 });
      await page.emulateMedia({ colorScheme });
      await open('long');
      await allDrawn(page);
      expect(await seriousFindings(page)).toEqual([]);
    },
  );

  it('skips no heading level', async () => {
    await open('long');
    const levels = await page
      .locator('h1, h2, h3, h4')
      .evaluateAll((all) => all.map((heading) => Number(heading.tagName[1])));
    expect(levels[0]).toBe(1);
    expect(levels.filter((level, i) => i > 0 && level > levels[i - 1]! + 1)).toEqual([]);
  });

  it('clips no text of a figure, light or dark', async () => {
    for (const { name, svg } of await renderFigures(longReport())) {
      await page.setContent(svg);
      const outside = await page.locator('svg > text, svg svg text').evaluateAll((all) =>
        all
          .filter((text) => {
            const picture = document.querySelector('svg')!.getBoundingClientRect();
            const { left, right } = text.getBoundingClientRect();
            return left < picture.left || right > picture.right;
          })
          .map((text) => text.textContent),
      );
      expect([name, outside]).toEqual([name, []]);
    }
  });
});
