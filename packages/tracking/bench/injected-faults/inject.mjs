// Puts a fault into a copy of a checkout: edits of its built files.

import { access, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * Files of a checkout as a fault makes them.
 *
 * @param {import('./faults.mjs').Fault} fault
 * @param {string} checkout
 * @returns {Promise<Map<string, string>>} texts by file
 * @throws {Error} if a text to replace is not there, or there is more than one file of the name
 */
export async function faultyFiles({ name, edits }, checkout) {
  const texts = new Map();
  for (const { in: place, from, to } of edits) {
    const file = await find(place, checkout);
    const text = texts.get(file) ?? (await readFile(file, 'utf8'));
    if (!text.includes(from)) throw new Error(`fault '${name}': ${file} does not hold\n  ${from}`);
    texts.set(
      file,
      text.replace(from, () => to),
    );
  }
  return texts;
}

/** Writes them. */
export async function inject(fault, checkout) {
  for (const [file, text] of await faultyFiles(fault, checkout)) await writeFile(file, text);
}

async function find(place, checkout) {
  const [name, wanted] = place.split(':');
  const root = path.join(checkout, 'packages', name);
  const exact = path.join(root, wanted);
  if (
    await access(exact).then(
      () => true,
      () => false,
    )
  )
    return exact;
  const files = await readdir(path.join(root, 'dist'), { recursive: true });
  const found = files.filter((file) => path.basename(file) === wanted);
  if (found.length !== 1) throw new Error(`${place}: expected one file, found ${found.join(', ') || 'none'}`);
  return path.join(root, 'dist', found[0]);
}
