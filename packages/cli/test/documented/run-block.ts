// Runs blocks of documented commands in a shell, each in a copy of a checkout on a branch.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pc from 'picocolors';
import { WORKSPACE } from '../../../harness/test/fixtures.js';
import { readCommandLine } from '../../src/main.js';
import type { Sink } from '../../src/screen.js';
import { missingDatasets } from '../bench.js';
import { type Block, listingsOf } from './commands.js';
import { plainWords } from './plain-words.mjs';
import { GIVEN, LIMITS, NOT_RUN, type NotRun, ONCE } from './table.js';

const RUN_WORDS = fileURLToPath(new URL('run-words.mjs', import.meta.url));

/** Shell functions replace the programs; child processes find the real ones. */
const prelude = (body: (name: string) => string) =>
  ['bench', 'pnpm', 'npx', 'npm', 'node', 'apt-get', 'docker']
    .map((name) => `${name}() { ${body(name)}; }`)
    .join('\n');
const RUN = prelude((name) => `'${process.execPath}' '${RUN_WORDS}' ${name} "$@"`);
/** Logs the number of words and the words: starting Node for each of hundreds of commands takes too long. */
const PARSE = prelude((name) => `printf '%s\\0' $(($# + 1)) ${name} "$@" >> "$LOG"`);

/** A command as the shell parsed it. */
export interface Seen {
  readonly words: readonly string[];
  readonly isRun: boolean;
}

export class DocumentedShell {
  readonly seen: Seen[] = [];
  readonly #folder: string;
  readonly #notRun: readonly NotRun[];

  private constructor(folder: string, notRun: readonly NotRun[]) {
    this.#folder = folder;
    this.#notRun = notRun;
  }

  static async open(): Promise<DocumentedShell> {
    const folder = await mkdtemp(path.join(tmpdir(), 'gaussmark-documented-'));
    await makeCheckout(path.join(folder, 'template'));
    const missing = await missingDatasets(folder);
    const notRun = NOT_RUN.filter(
      ({ unlessFetched }) => unlessFetched?.some((each) => missing.has(each)) ?? true,
    );
    return new DocumentedShell(folder, notRun);
  }

  close(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }

  /**
   * Runs a block, or only parses its commands.
   *
   * @returns what went wrong
   */
  async run(block: Block, { isRun }: { readonly isRun: boolean }): Promise<readonly string[]> {
    const folder = await mkdtemp(path.join(this.#folder, 'block-'));
    await cp(path.join(this.#folder, 'template'), folder, { recursive: true, verbatimSymlinks: true });
    const text = block.lines.join('\n');
    const given = isRun ? GIVEN.flatMap(([first, lines]) => (first.test(text) ? lines : [])) : [];
    const steps = [
      ...given.map((line) => ({ line, isDocumented: false })),
      ...block.lines.map((line) => ({ line, isDocumented: true })),
    ];
    const wrong: string[] = [];
    for (const { line, isDocumented } of steps) {
      const log = path.join(folder, 'seen');
      await writeFile(log, '');
      const { code, output } = await this.#shell(line, path.join(folder, 'checkout'), { log, isRun });
      if (code !== 0) wrong.push(`${block.place}: ${line}\nended with ${code}:\n${output.slice(-2000)}`);
      const text = await readFile(log, 'utf8');
      const seen = isRun ? handledIn(text) : parsedIn(text);
      if (!isDocumented) continue;
      this.seen.push(...seen);
      for (const { words } of seen.filter((each) => !each.isRun))
        wrong.push(...(await faultsOf(words, folder)).map((why) => `${block.place}: ${line}\n${why}`));
    }
    return wrong;
  }

  #shell(
    line: string,
    cwd: string,
    { log, isRun }: { readonly log: string; readonly isRun: boolean },
  ): Promise<{ code: number | null; output: string }> {
    const DOCUMENTED = JSON.stringify({
      notRun: this.#notRun.map(({ command }) => command.source),
      limits: LIMITS.map(([command, words]) => [command.source, words]),
      once: ONCE.map((command) => command.source),
      log,
      ran: path.join(this.#folder, 'ran'),
    });
    const env = {
      ...process.env,
      ...GIT,
      DOCUMENTED,
      LOG: log,
      NO_COLOR: '1',
      GITHUB_STEP_SUMMARY: 'summary.md',
    };
    return new Promise((resolve, reject) => {
      const child = spawn('bash', ['-c', `set -euo pipefail\n${isRun ? RUN : PARSE}\n${line}`], { cwd, env });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          output += text;
        });
      }
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, output }));
    });
  }
}

/** What run-words.mjs logged. */
const handledIn = (log: string): Seen[] =>
  log
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Seen);

/** What the shell logged. */
function parsedIn(log: string): Seen[] {
  const seen: Seen[] = [];
  const words = log.split('\0');
  for (let i = 0; i < words.length - 1; ) {
    const end = i + 1 + Number(words[i]);
    seen.push({ words: plainWords(words.slice(i + 1, end)), isRun: false });
    i = end;
  }
  return seen;
}

/** No personal git settings. */
const GIT = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@localhost',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@localhost',
};

/** A folder with a checkout of this workspace on a branch, and the files that pages presuppose. */
async function makeCheckout(folder: string): Promise<void> {
  const checkout = path.join(folder, 'checkout');
  await mkdir(checkout, { recursive: true });
  for (const name of ['packages', 'scripts', 'bench', 'node_modules'])
    await symlink(path.join(WORKSPACE, name), path.join(checkout, name));
  // Copies, since a page may write to them; without the API reference, hundreds of generated files.
  for (const name of ['docs', 'package.json'])
    await cp(path.join(WORKSPACE, name), path.join(checkout, name), {
      recursive: true,
      filter: (file) => file !== path.join(WORKSPACE, 'docs', 'api', 'reference'),
    });
  await writeFile(path.join(checkout, '.gitignore'), 'reports\n');
  await writeFile(path.join(checkout, 'houses.csv'), HOUSES);
  const model = path.join(checkout, 'model-skip-mlp');
  await mkdir(model);
  for (const [name, text] of listingsOf('docs/write-a-model.md'))
    await writeFile(path.join(model, name), text);
  for (const [name, text] of listingsOf('docs/write-an-optimizer.md')) {
    for (const plugin of ['clipped', 'my-optimizer']) {
      const place = path.join(checkout, plugin === 'clipped' ? 'optimizer-clipped' : plugin);
      await mkdir(place, { recursive: true });
      // The second plugin is the page's alternative to the first.
      const file = plugin === 'my-optimizer' && name === 'blocks.js' ? 'index.js' : name;
      await writeFile(path.join(place, file), text.replaceAll(/(?<=")clipped(?=")/g, plugin));
    }
  }
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: checkout, env: { ...process.env, ...GIT }, stdio: 'pipe' });
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('commit', '--quiet', '--message=Begin');
  git('init', '--quiet', '--bare', '../origin.git');
  git('remote', 'add', 'origin', '../origin.git');
  git('push', '--quiet', 'origin', 'main');
  git('switch', '--quiet', '--create', 'topic');
}

const HOUSES = `size,rooms,price\n${Array.from({ length: 100 }, (_, i) => `${40 + i},${1 + (i % 5)},${90 + 2 * i}\n`).join('')}`;

/** What is wrong with a command that does not run: rejected arguments, a missing script or file. */
async function faultsOf([program, ...args]: readonly string[], cwd: string): Promise<string[]> {
  if (program === 'pnpm') {
    const { scripts } = JSON.parse(await readFile(path.join(WORKSPACE, 'package.json'), 'utf8'));
    return args[0] === 'install' || args[0]! in scripts ? [] : [`no script '${args[0]}'`];
  }
  if (program === 'node') return existsSync(path.join(WORKSPACE, args[0]!)) ? [] : [`no file ${args[0]}`];
  if (program !== 'bench') return [];
  // Commander throws for help and version.
  if (args.some((each) => each === '--help' || each === '--version')) return [];
  try {
    await readCommandLine(args, cwd, { out: SILENT, err: SILENT });
    return [];
  } catch (error) {
    return [`${(error as Error).message}`];
  }
}

const SILENT: Sink = {
  write: () => {},
  writeDocument: () => {},
  isTerminal: false,
  columns: 100,
  colors: pc.createColors(false),
};
