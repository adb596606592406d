// Compares reports with the archived results of the SGN paper: a Markdown table on stdout.
//
//   node scripts/compare-with-archive.mjs reports/paper/report.json [more report.json]
import { readFileSync } from 'node:fs';

/** A difference up to this share of the archived value agrees, whatever the spread of the seeds. */
const RELATIVE_TOLERANCE = 0.02;

const archive = JSON.parse(readFileSync(new URL('../docs/paper/archive.json', import.meta.url), 'utf8'));
const files = process.argv.slice(2);
if (files.length === 0) {
  console.error('usage: node scripts/compare-with-archive.mjs REPORT.json...');
  process.exit(2);
}
const runs = files.flatMap((file) => JSON.parse(readFileSync(file, 'utf8')).runs);

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values) => Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));
const show = (value) =>
  value === null || value === undefined ? '-' : Number(value.toPrecision(4)).toString();

function verdict(ours, theirs, spread) {
  if (theirs === null || ours.length === 0) return '-';
  const difference = Math.abs(mean(ours) - theirs);
  if (difference <= Math.max(RELATIVE_TOLERANCE * Math.abs(theirs), spread ?? 0)) return 'agree';
  const combined = Math.hypot(spread ?? 0, deviation(ours));
  return difference <= 2 * combined
    ? 'agree (2 sd)'
    : `differ (${((mean(ours) / theirs - 1) * 100).toFixed(0)} %)`;
}

function rowOf(problem, configuration) {
  const { optimizer, hyperparameter, value, epochs } = configuration;
  const own = runs.filter(
    (run) =>
      run.problem === problem && run.optimizer === optimizer && run.hyperparameters[hyperparameter] === value,
  );
  if (own.length === 0) return [];
  const diverged = own.filter((run) => run.status === 'diverged').length;
  const last = Math.round(epochs);
  const at = (run, epoch) => run.curve.find((point) => point.epoch === epoch);
  const firsts = own
    .map((run) => at(run, 1)?.trainLoss)
    .filter((loss) => loss !== null && loss !== undefined);
  const finals = own
    .map((run) => at(run, last) ?? run.curve.at(-1))
    .filter((point) => point?.trainLoss !== null && point !== undefined);
  const finalLosses = diverged > 0 ? [] : finals.map((point) => point.trainLoss);
  const tests = diverged > 0 ? [] : finals.map((point) => point[configuration.testMetric]);
  const seconds = mean(own.map((run) => run.steps.secondsMedian));
  return [
    {
      problem,
      label: `${optimizer}[${hyperparameter}=${value}]`,
      seeds: own.length,
      epoch: diverged > 0 ? '-' : (finals[0]?.epoch ?? '-'),
      diverged: `${diverged} / ${configuration.diverged}`,
      first: `${show(firsts.length ? mean(firsts) : null)} / ${show(configuration.firstEpochTrainLoss)}`,
      firstVerdict: verdict(firsts, configuration.firstEpochTrainLoss, 0),
      final: finalLosses.length
        ? `${show(mean(finalLosses))} ± ${show(deviation(finalLosses))} / ${show(configuration.finalTrainLoss)} ± ${show(configuration.finalTrainLossStd)}`
        : '- / -',
      finalVerdict: verdict(finalLosses, configuration.finalTrainLoss, configuration.finalTrainLossStd),
      test: tests.length ? `${show(mean(tests))} / ${show(configuration.finalTest)}` : '- / -',
      seconds,
      theirs: configuration.timePerStepRelativeToSgd,
    },
  ];
}

const columns = [
  'configuration',
  'seeds',
  'epoch',
  'diverged',
  'first trainLoss',
  '',
  'trainLoss',
  '',
  'test',
  'step / SGD step',
];
for (const [problem, configurations] of Object.entries(archive.problems)) {
  const rows = configurations.flatMap((configuration) => rowOf(problem, configuration));
  if (rows.length === 0) continue;
  const sgd = rows.filter((row) => row.label.startsWith('sgd')).map((row) => row.seconds);
  console.log(`\n### ${problem}\n\nEach pair is *here / archive*.\n`);
  console.log(`| ${columns.join(' | ')} |\n|${columns.map(() => ' --- ').join('|')}|`);
  for (const row of rows) {
    const ratio = sgd.length ? show(row.seconds / mean(sgd)) : '-';
    const cells = [
      row.label,
      row.seeds,
      row.epoch,
      row.diverged,
      row.first,
      row.firstVerdict,
      row.final,
      row.finalVerdict,
    ];
    console.log(`| ${[...cells, row.test, `${ratio} / ${show(row.theirs)}`].join(' | ')} |`);
  }
}
