// The version of the tool, from its package.

import { createRequire } from 'node:module';

const { version } = createRequire(import.meta.url)('../package.json') as { readonly version: string };

export const VERSION: string = version;
