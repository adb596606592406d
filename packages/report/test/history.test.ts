// The files of a history: page data, Markdown and JSON.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { changesByNight, historySummary, inOrderOfInterest } from '@gaussmark/analysis/words';
import { afterAll, describe, expect, it } from 'vitest';
import { historyFixture } from '../../analysis/test/history-fixture.js';
import { changeTable } from '../src/history/change-table.js';
import { renderHistoryMarkdown } from '../src/history/markdown.js';
import { historyPageData, unpackMachine } from '../src/history/page-data.js';
import { writeHistory } from '../src/history/write.js';

const directory = mkdtempSync(path.join(tmpdir(), 'gaussmark-history-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('documents', () => {
  it('survive packing for the page', () => {
    const report = historyFixture(30);
    report.machines[0]!.measures[0]!.points.splice(7, 3);
    const copy = JSON.parse(JSON.stringify(historyPageData(report))) as ReturnType<typeof historyPageData>;
    const withoutSamples = report.machines[0]!.measures.map((measure) => ({
      ...measure,
      points: measure.points.map(({ samples: _, ...point }) => point),
    }));
    expect(unpackMachine(copy.machines[0]!).measures).toEqual(withoutSamples);
  });

  it('are refused before anything is written if invalid', async () => {
    const report = historyFixture(12);
    report.machines[0]!.nights = [];
    await expect(writeHistory(report, path.join(directory, 'wrong'))).rejects.toMatchObject({
      name: 'GaussmarkError',
      pointer: expect.stringMatching(/^\/machines\/0\/nights/),
    });
    expect(existsSync(path.join(directory, 'wrong'))).toBe(false);
  });

  it('list changes in Markdown by measure and by commit, with all texts escaped', async () => {
    const report = historyFixture(200);
    const [machine] = report.machines;
    for (const night of machine!.nights) night.subject = '[x](javascript:1) <img> | `a`';
    const { markdown, json } = await writeHistory(report, path.join(directory, 'right'));
    const text = readFileSync(markdown, 'utf8');
    expect(text).toBe(renderHistoryMarkdown(report));
    expect(JSON.parse(readFileSync(json, 'utf8'))).toEqual(JSON.parse(JSON.stringify(report)));
    expect(text).toContain(historySummary(machine!));
    const table = changeTable(machine!, inOrderOfInterest(machine!.measures));
    expect(text.match(/^\| `/gm)).toHaveLength(Math.min(60, table.rows.length));
    const [newest] = changesByNight(machine!);
    const commit = machine!.nights[newest!.night]!.commit!;
    expect(text).toContain(`(<https://example.org/gaussmark/commit/${commit}>)`);
    expect(text).not.toContain('<img>');
    expect(text).toContain('\\[x\\](javascript:1)');
  });
});
