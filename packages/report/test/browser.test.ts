// The page in a real browser, opened from disk: drawing, controls, no requests, hostile texts.

import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { conditionWords, leaderboards, type Report, runWarnings, timingWarnings } from '@gaussmark/analysis';
import { badgeOf, endWords, STARTS_WORDS, targetSentence, verdictOf } from '@gaussmark/analysis/words';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { fixture, HOSTILE, problemsReport } from '../../analysis/test/fixture.js';
import { smallReport } from '../../analysis/test/small-report.js';
import { timingSuite } from '../../analysis/test/timing-fixture.js';
import { writeReport } from '../src/write.js';
import {
  missingBrowser as missing,
  scrollThrough as scrolledThrough,
  seriousFindings,
  watchPages,
} from './browser.js';

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
      if (run.innerLoop !== undefined) point.metrics = { ...point.metrics, [HOSTILE]: 1 };
  }
  report.skipped = [{ problem: HOSTILE, optimizer: HOSTILE, reason: HOSTILE }];
  return report;
}

/** Two points, the second with this loss. */
const curveTo = (final: number) => [[2, 2] as const, [final, final] as const];

describe.skipIf(missing !== undefined)(
  `the page in a browser${missing === undefined ? '' : ` (${missing})`}`,
  () => {
    let plain: string;
    let hostile: string;
    let page: Page;
    let complaints: string[];
    const place = watchPages(
      async (directory) => {
        plain = (await writeReport(fixture(), path.join(directory, 'plain'))).html;
        hostile = (await writeReport(hostileReport(), path.join(directory, 'hostile'))).html;
      },
      (watched) => {
        ({ page, complaints } = watched);
      },
    );

    const open = async (file: string) => {
      await page.goto(pathToFileURL(file).href);
      await page.locator('.chart svg').first().waitFor();
    };
    const sections = () =>
      page.locator('main section:has(> h2)').evaluateAll((all) => all.map(({ id }) => id));
    const scrollThrough = () => scrolledThrough(page);
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
      const [overview, profiles, sensitivities, secondOrder] = [3, 1, 3 + 3, 3];
      expect(await page.locator('.chart').count()).toBe(
        overview + (2 + 2 + 6) + (2 + 2 + 6) + (3 + 2 + 6) + profiles + sensitivities + secondOrder,
      );
      const lines = await linesIn(0);
      expect(lines).toHaveLength(7);
      expect(lines.filter(([, dashed]) => dashed)).toHaveLength(1);
      expect(new Set(lines.map(([colour]) => colour)).size).toBe(7);
    });

    it('shows the leaderboard in order, and why runs ended', async () => {
      await open(plain);
      const names = await page.locator('#problem-1 .leaderboard td .name').allTextContents();
      expect(names[0]).toBe('sgn[cgIterations=20]');
      expect(names.at(-1)).toBe('sgd[learningRate=1]');
      const reasons = fixture().runs.flatMap(({ reason }) => reason ?? []);
      const written = await page.locator('#runs tr.broken [data-column=reason]').allTextContents();
      expect(reasons).toEqual(expect.arrayContaining(written));
      expect(written).not.toEqual([]);
    });

    it('changes the axes', async () => {
      await open(plain);
      await page.locator('#problem-1').scrollIntoViewIfNeeded();
      await page.locator('#problem-1 .chart svg').first().waitFor();
      const before = await paths(0);
      const chosen = (problem: string) =>
        page.locator(`${problem} .choice button[aria-pressed=true]`).getAttribute('data-value');
      // Nothing was held equal, and work was not counted.
      expect(await chosen('#problem-1')).toBe('seconds');
      await page.locator('#problem-1 .choice button[data-value=iterations]').click();
      expect(await chosen('#problem-1')).toBe('iterations');
      const byIterations = await paths(0);
      expect(byIterations).not.toEqual(before);
      await page.locator('#problem-1').getByLabel('log loss').uncheck();
      expect(await paths(0)).not.toEqual(byIterations);
      // The choice applies to all problems.
      expect(await chosen('#problem-2')).toBe('iterations');
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
      await page.locator('#problem-1 .legend-all').click();
      expect((await linesIn(0)).length).toBe(7);
    });

    it('shows values under the pointer', async () => {
      await open(plain);
      await page.locator('#problem-1 .chart').first().scrollIntoViewIfNeeded();
      await page.locator('#problem-1 .chart svg').first().waitFor();
      await page
        .locator('#problem-1 .chart')
        .first()
        .hover({ position: { x: 120, y: 150 } });
      const tooltip = page.locator('.tooltip').first();
      await tooltip.waitFor();
      expect(await tooltip.locator('.tooltip-heading').textContent()).toMatch(/^[\d.]+ m?s\b/);
      expect(await tooltip.locator('.tooltip-name').count()).toBe(6);
      const values = await tooltip.locator('.tooltip-value').allTextContents();
      expect(values.map(Number)).toEqual(values.map(Number).toSorted((a, b) => a - b));
    });

    it('switches between dark and light, by the system and by its button', async () => {
      await open(plain);
      const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const light = await background();
      await page.getByRole('button', { name: 'Dark theme' }).click();
      const dark = await background();
      expect(dark).not.toBe(light);
      await page.getByRole('button', { name: 'Light theme' }).click();
      expect(await background()).toBe(light);
      const other = await page.context().browser()!.newPage({ colorScheme: 'dark' });
      await other.goto(pathToFileURL(plain).href);
      expect(await other.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe(dark);
      await other.close();
    });

    it('sorts and filters the runs', async () => {
      await open(plain);
      const rows = page.locator('#runs tbody tr');
      expect(await rows.count()).toBe(60);
      expect(await page.locator('#runs .pager').textContent()).toContain('1–60 of 63');
      await page.locator('#runs').getByRole('button', { name: 'Next rows' }).click();
      expect(await rows.count()).toBe(3);
      await page.getByLabel('Filter runs').fill('mnist sgn');
      expect(await rows.count()).toBe(12);
      await page.locator('#runs').getByRole('button', { name: 'Test loss' }).click();
      const losses = (await rows.locator('[data-column="test loss"]').allTextContents()).map(Number);
      expect(losses).toEqual(losses.toSorted((a, b) => a - b));
      await page.getByLabel('Filter runs').fill('');
      await page.getByLabel('Status').selectOption('diverged');
      expect(await rows.count()).toBe(6);
    });

    it('fits phones and paper', async () => {
      await page.setViewportSize({ width: 390, height: 844 });
      await open(plain);
      await scrollThrough();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
      const pdf = await page.pdf({ format: 'A4' });
      expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
      // All charts are in it, not only those in the viewport: it is much larger than its text.
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

    it('draws the timings of steps, alone if there are no runs', async () => {
      const report = { ...fixture(), runs: [], timing: [timingSuite()] };
      delete report.published;
      await open((await writeReport(report, path.join(place.directory, 'timing'))).html);
      await scrollThrough();
      expect(await sections()).toEqual(['timing']);
      const charts = page.locator('#timing .chart');
      expect(await charts.count()).toBe(3);
      const texts = (chart: number) => charts.nth(chart).locator('svg text').allTextContents();
      expect(await texts(0)).toEqual(expect.arrayContaining(['CG iteration', '1.50']));
      expect((await texts(0)).join()).not.toContain('sgn(10)');
      expect(await texts(2)).toContain('gradient');
      expect(await page.locator('#timing .comparison > .table tbody tr').count()).toBe(7);
      await page.locator('#timing summary').click();
      expect(await page.locator('#timing details td').allTextContents()).toContain('512x512x512');
      // The measured line is solid, the published one dotted.
      const dashes = await charts
        .nth(1)
        .locator('svg path[fill="none"][stroke-width="1.8"]')
        .evaluateAll((all) => all.map((one) => one.getAttribute('stroke-dasharray') !== null));
      expect(dashes).toEqual([false, true]);
    });

    it.each([
      ['nothing', [], []],
      ['what was skipped', [{ problem: 'boston', optimizer: 'sgn', reason: 'why' }], ['skipped']],
    ])('shows %s, and no empty sections, if nothing was run', async (_, skipped, expected) => {
      const report = { ...fixture(), runs: [], skipped };
      delete report.published;
      const { html } = await writeReport(report, path.join(place.directory, 'nothing'));
      await page.goto(pathToFileURL(html).href);
      expect(await sections()).toEqual(expected);
      expect(
        await page.locator('nav a').evaluateAll((all) => all.map((link) => link.getAttribute('href'))),
      ).toEqual(expected.map((id) => `#${id}`));
      expect(await page.locator('#skipped li').allTextContents()).toEqual(
        skipped.map(() => 'boston, sgn: why'),
      );
    });

    it('compares across problems: profiles by clock and by setting, times to target', async () => {
      await open(plain);
      await page.locator('#profiles .chart').scrollIntoViewIfNeeded();
      await page.locator('#profiles .chart svg').waitFor();
      const lines = () => page.locator('#profiles .chart svg path[fill="none"][stroke-width="2"]').count();
      expect(await lines()).toBe(2);
      const before = await page.locator('#profiles .profile + h3 + div').textContent();
      await page.locator('#profiles [data-value=iterations]').click();
      expect(await page.locator('#profiles .profile + h3 + div').textContent()).not.toBe(before);
      await page.locator('#profiles [data-value=setting]').click();
      expect(await lines()).toBe(7);
      const times = page.getByRole('region', { name: 'Time to target on Sine, 10 rad' });
      expect(await times.locator('tbody tr').count()).toBe(7);
      const last = times.locator('tbody tr').last();
      expect(await last.locator('[data-column=reached]').textContent()).toMatch(/^0 of 3/);
      const [board] = leaderboards(fixture());
      expect(await last.locator('[data-column=end]').textContent()).toBe(endWords(board!.rows.at(-1)!));
      expect(await page.locator('#overview [data-column^="reaches "]').count()).toBe(6);
    });

    it('states what was held equal, opens on that axis, and keeps diverged optimizers on its cards', async () => {
      const report = smallReport([
        ...[1, 2, 3].flatMap((seed) => [
          { label: 'sgn', seed, status: 'budget' as const, losses: curveTo(seed / 10) },
          { label: 'sgd', seed, status: 'budget' as const, losses: curveTo(seed) },
        ]),
        { label: 'adam', status: 'diverged', losses: [[null, null]] },
      ]);
      for (const run of report.runs) {
        run.budget = { gradientEquivalents: 20 };
        run.startHash = 'the same';
        for (const point of run.curve) {
          point.gradientEquivalents = point.iterations;
          if (run.optimizer !== 'sgd') continue;
          point.metrics = { gradientNorm: 1 / point.epoch, 'ratio[weight]': point.epoch, 'ratio[bias]': 2 };
        }
      }
      await open((await writeReport(report, path.join(place.directory, 'held'))).html);
      const board = leaderboards(report)[0]!;
      const end = endWords(board.rows.find(({ name }) => name === 'adam')!);
      const card = page.locator('#overview .card').first();
      expect(await card.locator('.badge').textContent()).toBe(badgeOf(board));
      expect(await card.locator('.verdict').textContent()).toBe(verdictOf(board));
      const last = card.locator('tbody tr').last().locator('td');
      expect((await last.allTextContents()).slice(0, 2)).toEqual(['adam', end]);
      expect(board.starts).toBe('shared');
      expect(await card.locator('.hint').textContent()).toBe(STARTS_WORDS.shared);
      await card.locator('.chart svg').waitFor();
      const texts = await card.locator('.chart svg text').allTextContents();
      expect(texts).toEqual(expect.arrayContaining(['adam', end]));
      expect(texts.some((text) => text.includes(board.held.after))).toBe(true);
      await page.locator('#problem-1').scrollIntoViewIfNeeded();
      await page.locator('#problem-1 .chart svg').first().waitFor();
      const pressed = page.locator('#problem-1 .choice button[aria-pressed=true]');
      expect(await pressed.first().getAttribute('data-value')).toBe('gradientEquivalents');
      expect(await page.locator('#problem-1 .undrawn').textContent()).toContain(`adam (${end})`);
      const captions = await page.locator('#problem-1 figcaption').allTextContents();
      expect(captions.slice(-2)).toEqual(['Gradient norm: sgd', 'Ratio: sgd']);
      // Colours and marks have names, whatever the theme.
      const key = page.locator('#problem-1 figure:last-child .legend .chip');
      for (const scheme of ['dark', 'light'] as const) {
        await page.emulateMedia({ colorScheme: scheme });
        expect(await key.allTextContents()).toEqual(['weight', 'bias']);
        const colours = await key
          .locator('svg path')
          .evaluateAll((paths) => paths.map((path) => path.getAttribute('fill')));
        expect(new Set(colours).size).toBe(2);
        expect(colours).not.toContain('currentcolor');
      }
    });

    it('warns of timings that cannot be trusted, and shows targets, memory and work', async () => {
      const report = fixture();
      report.environment = { ...report.environment, jobs: 1, frequencyGovernor: 'powersave' };
      for (const [index, run] of report.runs.entries()) {
        run.target = {
          goals: { testLoss: 0.2 },
          reached: index === 0 ? null : { epoch: 1, iterations: 7, seconds: 2 },
        };
        run.peakBytes = 200 * 2 ** 20;
        run.conditions = {
          loadAverage: 2,
          othersBusy: 1.5,
          megahertz: [null, null],
          jobs: 1,
          threads: 1,
          ...(index === 0 && { distrust: HOSTILE }),
        };
        for (const point of run.curve) point.gradientEquivalents = 5 * point.iterations;
      }
      await open((await writeReport(report, path.join(place.directory, 'conditions'))).html);
      const warnings = [...runWarnings(report), ...timingWarnings(report)];
      expect(warnings).toHaveLength(2);
      expect(await page.locator('.notice').allTextContents()).toEqual(warnings);
      const facts = await page.locator('.masthead .facts').textContent();
      for (const condition of conditionWords(report.environment)) expect(facts).toContain(condition);
      const memory = await page.locator('#problem-1 .leaderboard [data-column=memory]').allTextContents();
      expect(new Set(memory)).toEqual(new Set(['200 MiB']));
      const first = page.locator('#runs tbody tr').first();
      expect(await first.locator('[data-column=target]').textContent()).toBe('missed');
      expect(await first.locator('[data-column=memory]').textContent()).toBe('200 MiB');
      expect(await first.locator('.caution').getAttribute('title')).toBe(HOSTILE);
      await page.locator('#problem-1').scrollIntoViewIfNeeded();
      await page.locator('#problem-1 .chart svg').first().waitFor();
      const chosen = page.locator('#problem-1 .choice button[aria-pressed=true]');
      expect(await chosen.getAttribute('data-value')).toBe('gradientEquivalents');
      const { target } = leaderboards(report)[0]!;
      expect(target!.origin).toBe('stated');
      expect(await page.locator('#problem-1 .notes').nth(1).locator('li').first().textContent()).toBe(
        targetSentence(target!),
      );
    });

    it('folds many problems, and opens the target of a link', async () => {
      await open((await writeReport(problemsReport(8), path.join(place.directory, 'many'))).html);
      expect(await page.locator('.leaderboard').count()).toBe(0);
      await page.locator('.bar nav a', { hasText: 'p3' }).click();
      await page.locator('#problem-4 .leaderboard').waitFor();
      expect(await page.locator('.leaderboard').count()).toBe(1);
      await page.locator('#problem-2 summary').first().press('Enter');
      await page.locator('#problem-2 .leaderboard').waitFor();
      await page.locator('#problem-2 .chart svg').first().waitFor();
    });

    it.each(['light', 'dark'] as const)(
      'has no serious accessibility violations, %s',
      async (colorScheme) => {
        await page.emulateMedia({ colorScheme });
        await open(plain);
        await scrollThrough();
        expect(await seriousFindings(page)).toEqual([]);
      },
    );

    it('stays quick and readable with 2,016 runs', async () => {
      const { html } = await writeReport(fixture(32), path.join(place.directory, 'big'));
      await open(html);
      const painted = await page.evaluate(
        () => performance.getEntriesByName('first-contentful-paint')[0]!.startTime,
      );
      expect(painted).toBeLessThan(10_000);
      // 224 settings: 40 have curves, twelve are drawn, twenty rows are shown.
      expect(await page.locator('#problem-1 .legend [aria-pressed]').count()).toBe(40);
      expect(await page.locator('#problem-1 .legend [aria-pressed=true]').count()).toBe(12);
      expect(await page.locator('#problem-1 .leaderboard tbody tr').count()).toBe(20);
      expect(await page.locator('#runs tbody tr').count()).toBe(60);
      expect(await page.locator('#problem-1 > .hint').allTextContents()).toContainEqual(
        expect.stringMatching(/\b40\b.*\b184\b/),
      );
    }, 60_000);

    it('blocks other scripts', async () => {
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
