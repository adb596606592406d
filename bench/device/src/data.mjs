// The data in a bundle: MNIST's files, and the mini-batches of fashion that are measured.

import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { core, harness } from '../../peers/src/gaussmark.mjs';
import { PeerFailure, PeerProcess } from '../../peers/src/peer-process.mjs';
import { ours } from '../../peers/src/peers.mjs';
import { sizeBelow } from './contents.mjs';

const WRITE_SECONDS = 120;
/** Of Fashion-MNIST. */
const FASHION = { inputShape: [1, 28, 28], classes: 10 };

/**
 * Adds the data to a bundle. Of Fashion-MNIST, whose files would take half of the archive, only the examples that are measured go
 * in; where it is missing here, generated ones of its shape.
 *
 * @param {string} root the bundle
 * @param {{ repository: string, isWanted: boolean, log: (line: string) => void }} options `isWanted`: false for generated data alone
 * @returns {Promise<number>} bytes
 * @throws Error if MNIST is missing
 */
export async function addData(root, { repository, isWanted, log }) {
  const [cache, data] = [path.join(root, 'cache'), path.join(root, 'data')];
  if (isWanted) await addMnist(path.join(cache, 'mnist'), repository);
  const writer = new PeerProcess('gaussmark', [process.execPath, ours('').script]);
  try {
    await addFashion(writer, path.join(data, 'fashion'), isWanted, log);
    if (!isWanted) await write(writer, 'mnist', path.join(data, 'mnist'), FASHION);
  } finally {
    await writer.stop();
  }
  return sizeBelow(cache) + sizeBelow(data);
}

async function addMnist(folder, repository) {
  const { cacheDirectory, workspaceRoot } = harness.locationsOf(repository);
  const registry = await core.discover({ cwd: repository, workspaceRoot });
  const { files } = await registry.load(registry.find('dataset', 'mnist'));
  mkdirSync(folder, { recursive: true });
  for (const file of await files.verify({ cacheDirectory })) {
    if (file.status !== 'present')
      throw new Error(`${file.name} of MNIST is ${file.status}; run bench data fetch mnist`);
    const end = file.path.endsWith('.gz') ? '.gz' : '';
    copyFileSync(file.path, path.join(folder, `${file.name}${end}`));
  }
}

async function addFashion(writer, folder, isWanted, log) {
  if (isWanted) {
    try {
      return await write(writer, 'fashion', folder);
    } catch (error) {
      if (!(error instanceof PeerFailure)) throw error;
      log(`fashion gets generated data: ${error.message.split('\n')[0]}`);
    }
  }
  await write(writer, 'fashion', folder, FASHION);
}

const write = (writer, problem, directory, generated) =>
  writer.ask(
    { op: 'write', problem, directory, ...(generated === undefined ? {} : { generated }) },
    WRITE_SECONDS,
  );
