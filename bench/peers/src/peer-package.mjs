// Where a JavaScript peer finds its library: in the folder that the command names.

import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** Imports `jax.mjs` or `tfjs.mjs` from the folder in PEER_PACKAGES; see javascript.mjs. */
export function peerPackage(file) {
  const directory = process.env.PEER_PACKAGES;
  if (directory === undefined) throw new Error('PEER_PACKAGES does not name the folder of the packages');
  return import(pathToFileURL(path.join(directory, file)).href);
}
