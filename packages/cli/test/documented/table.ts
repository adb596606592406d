// How documented commands are tested: arguments that make them cheap, what they presuppose, which do not run and why.
// Commands are matched without their package manager: `bench run ...`, `node packages/...`, `pnpm install`.

export interface NotRun {
  readonly command: RegExp;
  readonly reason: string;
  /** Datasets that let it run. */
  readonly unlessFetched?: readonly string[];
}

/** Commands that do not run; the command line still parses the bench ones. */
export const NOT_RUN: readonly NotRun[] = [
  { command: /^pnpm (install|build)\b/, reason: 'the workspace is installed and built already' },
  {
    command: /^pnpm (check|test|fix)\b/,
    reason: 'works on the whole workspace; check and test are steps of CI',
  },
  { command: /^pnpm docs:api/, reason: 'generates pages for half a minute; a step of CI' },
  { command: /^apt-get install /, reason: 'installs for the whole machine' },
  { command: /^bench worker /, reason: 'needs Redis' },
  { command: /^bench data fetch/, reason: 'downloads; a step of CI' },
  { command: /^bench engine install /, reason: 'downloads up to 3 GB' },
  { command: /--engine '?xla/, reason: 'needs a plugin that engine install downloads' },
  { command: /--engine auto/, reason: 'times every engine, for half a minute' },
  { command: /backend=node/, reason: 'needs an addon that engine install builds' },
  { command: /bench\/linalg\.mjs/, reason: 'needs a Python with numpy and scipy, and minutes' },
  { command: /provider=webgpu/, reason: 'needs a GPU, or a slow one in software' },
  {
    command: /^(bench run|node packages).*(--profile paper|fashion|cifar10)/,
    reason: 'needs data that must be fetched',
    unlessFetched: ['fashion-mnist', 'cifar10'],
  },
];

/** Arguments added to make commands fast. All matches apply. */
export const LIMITS: readonly (readonly [command: RegExp, words: string])[] = [
  [/^bench (?=run|tune)/, '--steps 2 --seeds 1'],
  [/^bench$|^bench --p/, '--steps 2 --seeds 1'],
  [/^bench$/, '--problem boston'],
  [/^bench tune(?!.*--search grid)/, '--trials 2'],
  // The grid determines the number of trials.
  [/^bench tune.*--search grid/, '--dry-run'],
  [/^bench run .*--profile paper/, '--dry-run'],
  [/^bench snapshot/, '--steps 2 --no-coverage --rounds 2'],
  [/^bench snapshot(?!.*--tier)/, '--tier hard'],
  [/^bench compare \.\.\/before/, '--steps 2 --no-coverage --tier hard'],
  [/^bench steps(?!.*--seconds)/, '--rounds 1'],
  [/^bench steps.*--seconds/, '--seconds 1'],
  [/^bench (?=steps|snapshot|compare \.\.\/before)(?!.*--problem)/, '--problem boston'],
  [/^bench engine check/, '--no-steps'],
  [/^bench engine check(?!.*--engine)/, '--engine onnxruntime'],
  // Installs JAX and PyTorch.
  [/^node bench\/peers\/run\.mjs(?! --help)/, '--help'],
  // Packing takes minutes.
  [/^node bench\/device\/bundle\.mjs/, '--no-data --out bundle'],
  [/bench\/scaling\.mjs axis=(?!cg)/, 'rounds=1 values=2,4'],
  [/bench\/scaling\.mjs axis=cg/, 'rounds=1 values=1,2'],
  [/bench\/startup\.mjs/, 'rounds=1 problems=boston'],
  [/bench\/resume-10000\.mjs/, 'runs=100'],
  [/bench\/overhead\.mjs/, 'rounds=1 seconds=0.01'],
  [/bench\/profile\.mjs/, 'runs=1'],
  [/bench\/convnets\.mjs/, 'rounds=1 batch=10'],
];

/** Commands that run once, however many pages show them with equal arguments: no later line needs the files they write. */
export const ONCE: readonly RegExp[] = [
  /^bench$/,
  /^bench (doctor|list|data|engine|steps|tune)\b/,
  /^bench run --problem mnist /,
  /^bench compare \.\.\/before/,
];

const REPORT = 'bench run --problem boston --optimizer sgd';
const TONIGHT = 'bench snapshot --problem boston --optimizer sgn --out tonight.json';

/** Lines that run before a block. Its folder also holds houses.csv, two optimizers and a model. */
export const GIVEN: readonly (readonly [first: RegExp, lines: readonly string[]])[] = [
  [/bench report reports\/latest/, [`${REPORT} --out reports/latest`]],
  [
    /bench report monday/,
    [`${REPORT} --out monday`, `bench run --problem boston --optimizer sgn --out tuesday`],
  ],
  [/compare yesterday\.json/, ['bench snapshot --out yesterday.json']],
  [/^(?![\s\S]*--out today\.json)[\s\S]*compare yesterday\.json/, ['cp yesterday.json today.json']],
  [/compare reports\/monday/, [`${REPORT} --out reports/monday`, `${REPORT} --out reports/tuesday`]],
  [/^(?![\s\S]*git worktree)[\s\S]*compare \.\.\/before/, ['git worktree add ../before main']],
  [/bench history($|\s*#)/m, [TONIGHT, 'bench history add tonight.json']],
  [
    /history acknowledge/,
    [
      `${TONIGHT} --tier timed`,
      // The hash of a commit cannot be chosen.
      `sed -i -E 's/("commit": *")[0-9a-f]{8}/\\11a2b3c4d/' tonight.json`,
      'bench history add tonight.json --history history',
    ],
  ],
  [
    /bench merge shard-1/,
    ['for i in 1 2 3 4; do bench run --profile smoke --shard $i/4 --out shard-$i; done'],
  ],
  [/--grid grid\.yml/, ['echo backend: local > grid.yml']],
  [/bench new optimizer clipped/, ['rm -r optimizer-clipped']],
  [/bench new model skip-mlp/, ['rm -r model-skip-mlp']],
  [/--plugin \. /, ['cp my-optimizer/* .']],
];
