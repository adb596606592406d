// Packages that the user may install: in the project, or next to this package.

import { createRequire } from 'node:module';
import path from 'node:path';

/** The file of a specifier, resolved from the project and then from here; undefined if it is not installed. */
export function locate(specifier: string): string | undefined {
  for (const from of [path.join(process.cwd(), 'package.json'), import.meta.url]) {
    try {
      return createRequire(from).resolve(specifier);
    } catch {
      // Not installed there.
    }
  }
  return undefined;
}
