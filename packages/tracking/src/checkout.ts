// Checkouts: folders with a built gaussmark that can be measured.

import { existsSync, realpathSync } from 'node:fs';
import { access, readFile, realpath } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { GaussmarkError } from '@gaussmark/core';
import { PROTOCOL, PROTOCOL_FIELD } from './protocol.js';
import { demandCurrentBuild } from './stale-build.js';

const PACKAGE = '@gaussmark/tracking';
/** Part of every revision, also of those without the package above. */
const OLDEST_PACKAGE = '@gaussmark/harness';
/** The first commit that speaks this protocol. */
const FIRST_COMMIT = '0a36a97498';

/** A clone of the project, or a project of plugins that depends on it. */
export interface Checkout {
  /** What the user called it. */
  readonly name: string;
  readonly directory: string;
  /** The module that measuring processes run. */
  readonly entry: string;
}

/**
 * The running code, measured in a directory of the user's.
 *
 * @throws GaussmarkError if it is not built from its sources
 */
export async function ownCheckout(cwd: string): Promise<Checkout> {
  const entry = fileURLToPath(new URL('./measuring-process.js', import.meta.url));
  // packages/tracking/dist, if it is a checkout.
  await demandCurrentBuild('.', path.resolve(path.dirname(entry), '../../..'));
  return { name: '.', directory: cwd, entry };
}

/**
 * The checkout in a folder.
 *
 * @throws GaussmarkError if there is none, if it is not built from its sources, or if it speaks another protocol
 */
export async function findCheckout(name: string, cwd: string): Promise<Checkout> {
  const directory = path.resolve(cwd, name);
  const root = await packageIn(directory, PACKAGE);
  if (root === undefined) {
    if (await isCheckout(directory)) throw otherProtocol(name, undefined);
    throw new GaussmarkError(`${name} is not a checkout of gaussmark`, {
      expected: 'a folder with packages/tracking, or with @gaussmark/cli in its node_modules',
      got: directory,
      remedy: "check the revision out into it ('git worktree add FOLDER COMMIT'), install and build",
    });
  }
  const protocol = (await manifestOf(root))?.[PROTOCOL_FIELD];
  if (protocol !== PROTOCOL) throw otherProtocol(name, protocol);
  const entry = path.join(root, 'dist', 'measuring-process.js');
  if (!(await exists(entry))) {
    throw new GaussmarkError(`${name} is not built`, {
      got: `no ${entry}`,
      remedy: `run 'pnpm install && pnpm build' in ${name}`,
    });
  }
  // The root may be a link into a checkout's packages.
  await demandCurrentBuild(name, path.resolve(await realpath(root), '..', '..'));
  return { name, directory, entry };
}

function otherProtocol(name: string, protocol: unknown): GaussmarkError {
  const isNewer = typeof protocol === 'number' && protocol > Number(PROTOCOL);
  return new GaussmarkError(`${name} is too ${isNewer ? 'new' : 'old'} to be measured by this gaussmark`, {
    expected: `measuring protocol ${PROTOCOL}, spoken since commit ${FIRST_COMMIT}`,
    got: protocol === undefined ? 'none' : String(protocol),
    remedy: `compare ${isNewer ? 'with the newer gaussmark' : 'a later revision'}, or compare snapshots that each revision made`,
  });
}

/** Whether a folder holds a gaussmark, of whatever age. */
export async function isCheckout(directory: string): Promise<boolean> {
  const found = await Promise.all([PACKAGE, OLDEST_PACKAGE].map((name) => packageIn(directory, name)));
  return found.some((root) => root !== undefined);
}

/** Where a package of a checkout is. */
async function packageIn(directory: string, name: string): Promise<string | undefined> {
  const places = ['.', path.join('packages', path.posix.basename(name)), path.join('node_modules', name)];
  for (const root of [...places.map((each) => path.join(directory, each)), ...ofCommandLine(name, directory)])
    if ((await manifestOf(root))?.name === name) return root;
  return undefined;
}

async function manifestOf(root: string): Promise<Record<string, unknown> | undefined> {
  const text = await readFile(path.join(root, 'package.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Record<string, unknown>);
}

/** A dependency of the command line that a project depends on; the project need not depend on it. */
function ofCommandLine(name: string, directory: string): string[] {
  const cli = path.join(directory, 'node_modules', '@gaussmark', 'cli');
  // Without the command line, NODE_PATH could lead to another project's.
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
