// Puts a fault into a copy of a checkout.

import { access, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * @param {import('./faults.mjs').Fault} fault
 * @param {string} checkout
 * @throws {Error} if a text to replace is not there, or there is more than one file of the name
 */
export async function inject({ name, edits }, checkout) {
  for (const { in: place, from, to } of edits) {
    const file = await find(place, checkout);
    const text = await readFile(file, 'utf8');
    if (!text.includes(from)) throw new Error(`fault '${name}': ${file} does not hold\n  ${from}`);
    await writeFile(
      file,
      text.replace(from, () => to),
    );
  }
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
