// The detection table: by kind of fault, how many were caught, by what, and how often nothing was taken for something.

const KINDS = {
  slower: 'a step 10 % slower',
  default: 'a changed default or constant of the damping',
  cg: 'one more CG iteration',
  momentum: 'a wrong sign in momentum',
  copy: 'an extra copy',
  formula: 'a wrong formula of a hyperparameter',
  none: 'no change',
};

/** @param {readonly { kind: string, name: string, code: number, rows: readonly any[], settings: readonly any[], floors?: any }[]} results */
export function detectionTable(results) {
  const lines = Object.entries(KINDS).flatMap(([kind, words]) => {
    const mine = results.filter((result) => result.kind === kind);
    if (mine.length === 0) return [];
    const failed = mine.filter(({ code }) => code === 1);
    const byTimes = failed.filter(({ rows }) => rows.some(({ verdict }) => verdict === 'slower'));
    const byNumbers = failed.filter(
      ({ rows, settings }) =>
        settings.length > 0 || rows.some(({ tier, verdict }) => tier === 'hard' && verdict !== 'rounding'),
    );
    const caught = kind === 'none' ? '' : `${failed.length} of ${mine.length}`;
    const alarms = kind === 'none' ? `${failed.length} of ${mine.length}` : '';
    const missed = kind === 'none' ? '' : String(mine.length - failed.length);
    return [`| ${words} | ${caught} | ${byNumbers.length} | ${byTimes.length} | ${missed} | ${alarms} |`];
  });
  const missed = results.filter(({ kind, code }) => (kind === 'none' ? code !== 0 : code !== 1));
  const floors = results
    .flatMap((result) => (result.floors?.cpu === undefined ? [] : [result.floors.cpu]))
    .sort((a, b) => a - b);
  const span =
    floors.length === 0
      ? ''
      : `\nNoise floors: ${[0, 0.5, 1].map((p) => `${(100 * floors[Math.round(p * (floors.length - 1))]).toFixed(1)} %`).join(', ')} (least, median, most).\n`;
  return [
    '| fault | caught | by numbers | by times | missed | false alarms |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...lines,
    ...(missed.length === 0
      ? []
      : [
          '',
          ...missed.map(
            ({ kind, name, code }) =>
              `- ${kind === 'none' ? 'false alarm' : 'missed'}: ${name} (exit code ${code})`,
          ),
        ]),
    span,
  ].join('\n');
}
