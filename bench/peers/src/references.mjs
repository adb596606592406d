// The reference implementations that are in no registry: repositories at pinned commits, kept in the user's cache.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { MissingPeer } from './missing-peer.mjs';

const execute = promisify(execFile);

/** By step: the repository, as a folder's name too, and its commit. */
export const REPOSITORIES = {
  soap: { repository: 'nikhilvyas/SOAP', commit: 'a1e553530fde97d0e6b307d7c82ac6d38b072340' },
  shampoo: {
    repository: 'facebookresearch/optimizers',
    commit: 'f60660661194de26d3ee78bae6d15820ff8e583d',
  },
  kfac: { repository: 'gpauloski/kfac-pytorch', commit: '869cf110334e5a6e9ea054bafdc4558313a821e8' },
};

/**
 * The folder with the repositories of these steps: that of GAUSSMARK_PEERS_SOURCES if it is set, or one in the cache, with what is
 * missing fetched by git.
 *
 * @param {readonly string[]} kinds of steps; those without a repository do not count
 * @param {{ cacheDirectory: string, log: (line: string) => void }} options
 * @returns {Promise<string | undefined>} undefined if no step needs one
 * @throws MissingPeer with the reason
 */
export async function referenceSources(kinds, { cacheDirectory, log }) {
  const needed = kinds.filter((kind) => kind in REPOSITORIES).map((kind) => REPOSITORIES[kind]);
  if (needed.length === 0) return undefined;
  const given = process.env.GAUSSMARK_PEERS_SOURCES;
  if (given) return path.resolve(given);
  const folder = path.join(cacheDirectory, 'peers', 'sources');
  for (const { repository, commit } of needed) {
    const target = path.join(folder, path.basename(repository));
    const marker = path.join(target, `complete-${commit}`);
    if (existsSync(marker)) continue;
    log(`fetching ${repository} into ${folder}`);
    const partial = `${target}.partial`;
    await Promise.all([target, partial].map((each) => rm(each, { recursive: true, force: true })));
    await mkdir(partial, { recursive: true });
    const git = (...args) => execute('git', ['-C', partial, ...args], { timeout: 300_000 });
    try {
      await git('init', '--quiet');
      await git('fetch', '--quiet', '--depth', '1', `https://github.com/${repository}`, commit);
      await git('checkout', '--quiet', 'FETCH_HEAD');
    } catch (error) {
      const reason = String(error.stderr || error.message)
        .trim()
        .split('\n')[0];
      throw new MissingPeer(
        `git could not fetch ${repository} (${reason}); where it cannot be reached, set GAUSSMARK_PEERS_SOURCES to a folder with ` +
          Object.values(REPOSITORIES)
            .map((each) => path.basename(each.repository))
            .join(', '),
      );
    }
    await mkdir(path.join(partial, `complete-${commit}`));
    await rename(partial, target);
  }
  return folder;
}
