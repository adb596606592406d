// The parent's side of a measuring process: it is asked one thing at a time, and answers or says why it cannot.

import { existsSync, realpathSync } from 'node:fs';
import { access, readFile, realpath } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { formatIssue, GaussmarkError } from '@gaussmark/core';
import { forkWorker } from '@gaussmark/worker';
import { answerIssues, messageIssues } from './messages.js';
import { type FromMeasurer, PROTOCOL, type QuestionName, type Questions } from './protocol.js';
import { demandCurrentBuild } from './stale-build.js';

/** The packages that have had the module of measuring processes, the newest first, and where it is in each. */
const HOMES = [
  { name: '@gaussmark/tracking', entry: path.join('dist', 'measurer-process.js') },
  { name: '@gaussmark/harness', entry: path.join('dist', 'tracking', 'measurer-process.js') },
] as const;

/** A folder with a built gaussmark: a clone of the project, or a project of plugins that depends on it. */
export interface Checkout {
  /** What the user called it. */
  readonly name: string;
  readonly directory: string;
  /** The module that measuring processes run. */
  readonly entry: string;
}

/**
 * The code that runs now, measured in a directory of the user's.
 *
 * @throws GaussmarkError if it is not built from its sources
 */
export async function ownCheckout(cwd: string): Promise<Checkout> {
  const entry = fileURLToPath(new URL('./measurer-process.js', import.meta.url));
  // packages/tracking/dist, if it is a checkout.
  await demandCurrentBuild('.', path.resolve(path.dirname(entry), '../../..'));
  return { name: '.', directory: cwd, entry };
}

/**
 * The checkout in a folder.
 *
 * @throws GaussmarkError if there is none, it is not built, or from other sources, or it is too old to be measured so
 */
export async function findCheckout(name: string, cwd: string): Promise<Checkout> {
  const directory = path.resolve(cwd, name);
  const home = await homeIn(directory);
  if (home === undefined) {
    throw new GaussmarkError(`${name} is no checkout of gaussmark`, {
      expected: 'a folder with packages/tracking, or with @gaussmark/cli in its node_modules',
      got: directory,
      remedy: "clone the revision into it ('git worktree add FOLDER COMMIT'), install and build",
    });
  }
  const { root, entry } = home;
  if (!(await exists(entry))) {
    const built = await exists(path.join(root, 'dist', 'cli', 'main.js'));
    throw new GaussmarkError(
      built ? `${name} is older than 'bench compare' and cannot be measured by it` : `${name} is not built`,
      {
        got: `no ${entry}`,
        remedy: built ? 'compare a later revision' : `run 'pnpm install && pnpm build' in ${name}`,
      },
    );
  }
  // Linked or not: a folder of the checkout's packages.
  await demandCurrentBuild(name, path.resolve(await realpath(root), '..', '..'));
  return { name, directory, entry };
}

/** Whether a gaussmark is in a folder. */
export async function isCheckout(directory: string): Promise<boolean> {
  return (await homeIn(directory)) !== undefined;
}

/** The package in a folder that can measure, and its module for that, built or not. */
async function homeIn(
  directory: string,
): Promise<{ readonly root: string; readonly entry: string } | undefined> {
  for (const { name, entry } of HOMES) {
    const places = ['', path.join('packages', path.posix.basename(name)), path.join('node_modules', name)];
    for (const root of [
      ...places.map((each) => path.join(directory, each)),
      ...ofCommandLine(name, directory),
    ]) {
      const manifest = await readFile(path.join(root, 'package.json'), 'utf8').catch(() => undefined);
      if (manifest !== undefined && (JSON.parse(manifest) as { name?: string }).name === name)
        return { root, entry: path.join(root, entry) };
    }
  }
  return undefined;
}

/** The folder of a package that the command line in a project depends on; the project itself need not. */
function ofCommandLine(name: string, directory: string): string[] {
  const cli = path.join(directory, 'node_modules', '@gaussmark', 'cli');
  // Where there is none, NODE_PATH could still lead to another project's.
  if (!existsSync(cli)) return [];
  try {
    const index = createRequire(path.join(realpathSync(cli), 'package.json')).resolve(name);
    return [path.resolve(path.dirname(index), '..')];
  } catch {
    return [];
  }
}

const exists = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  );

/** What became of a measuring process that cannot measure any more; the message says why. */
export class MeasurerFailure extends Error {}

/** A measuring process of a checkout. */
export class Measurer {
  readonly #worker: ReturnType<typeof forkWorker>;
  #waiting: { resolve: (message: FromMeasurer) => void; reject: (error: Error) => void } | undefined;
  #ended: Error | undefined;
  readonly #onExit = () => this.stop();

  private constructor(readonly checkout: Checkout) {
    const { entry, directory } = checkout;
    this.#worker = forkWorker(pathToFileURL(entry), directory);
    const { child } = this.#worker;
    process.once('exit', this.#onExit);
    child.on('message', (message: unknown) => {
      // A plugin of the checkout may write here as well.
      if (messageIssues(message).length > 0) {
        this.#end('sent an invalid message');
        this.stop();
        return;
      }
      const waiting = this.#waiting;
      this.#waiting = undefined;
      waiting?.resolve(message as FromMeasurer);
    });
    child.on('error', ({ message }) => this.#end(`could not be started: ${message}`));
    child.on('close', (code, signal) => {
      const last = this.#worker.stderr().trim();
      const how = signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
      this.#end(`${how}${last === '' ? '' : `: ${last}`}`);
    });
  }

  /**
   * Starts a process.
   *
   * @throws GaussmarkError if the checkout speaks another version of the protocol
   * @throws MeasurerFailure if it does not start
   */
  static async start(checkout: Checkout): Promise<Measurer> {
    const measurer = new Measurer(checkout);
    const hello = await measurer.#next();
    if (hello.type !== 'hello') throw new MeasurerFailure(`internal: ${hello.type} in place of a greeting`);
    if (hello.protocol === PROTOCOL) return measurer;
    measurer.stop();
    throw new GaussmarkError(`${checkout.name} measures by other rules than this version of gaussmark`, {
      expected: `protocol ${PROTOCOL}`,
      got: String(hello.protocol),
      remedy: "run 'bench compare' of the newer of the two, or compare snapshots that each has made",
    });
  }

  /**
   * Asks one thing; the next one may be asked when the answer is there.
   *
   * @throws GaussmarkError if what was asked for is wrong
   * @throws MeasurerFailure if it cannot be measured
   */
  async ask<K extends QuestionName>(type: K, question: Questions[K]['ask']): Promise<Questions[K]['answer']> {
    const next = this.#next();
    this.#worker.child.send({ type, ...question }, () => {});
    const message = await next;
    if (message.type === 'answer') {
      const [issue] = answerIssues[type](message.answer);
      if (issue === undefined) return message.answer as Questions[K]['answer'];
      this.stop();
      throw new MeasurerFailure(`${this.checkout.name}: an answer that cannot be: ${formatIssue(issue)}`);
    }
    if (message.type === 'hello') throw new MeasurerFailure('internal: a second greeting');
    const { name } = this.checkout;
    if (message.wrongInput) throw new GaussmarkError(`${name === '.' ? '' : `${name}: `}${message.reason}`);
    throw new MeasurerFailure(`${name}: ${message.reason}`);
  }

  /** Ends the process. */
  stop(): void {
    process.off('exit', this.#onExit);
    this.#worker.kill();
  }

  #next(): Promise<FromMeasurer> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  #end(how: string): void {
    this.#ended ??= new MeasurerFailure(`the measuring process of ${this.checkout.name} ${how}`);
    this.#waiting?.reject(this.#ended);
    this.#waiting = undefined;
  }
}
