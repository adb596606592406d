// Packages that are the user's to install: beside the project, or beside this package.

import { createRequire } from 'node:module';
import path from 'node:path';

/** The file that a specifier names, seen from the project and then from here; undefined if it is not installed. */
export function locate(specifier: string): string | undefined {
  for (const from of [path.join(process.cwd(), 'package.json'), import.meta.url]) {
    try {
      return createRequire(from).resolve(specifier);
    } catch {
      // Not there.
    }
  }
  return undefined;
}
