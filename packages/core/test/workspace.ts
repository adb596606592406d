// Temporary folders with plugins to discover.

import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { optimizerManifest } from './fixtures.js';

export const GOOD_MODULE = 'export default { create: () => ({ init() {}, step() {} }) };\n';

/** A temporary folder, addressed by relative paths. */
export class TemporaryFolder {
  readonly root = realpathSync(mkdtempSync(path.join(tmpdir(), 'gaussmark-core-')));

  path(...parts: string[]): string {
    return path.join(this.root, ...parts);
  }

  /** Writes files; values other than strings as JSON. */
  write(files: Readonly<Record<string, unknown>>): this {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(path.dirname(this.path(name)), { recursive: true });
      writeFileSync(this.path(name), typeof content === 'string' ? content : JSON.stringify(content));
    }
    return this;
  }

  link(target: string, name: string): this {
    mkdirSync(path.dirname(this.path(name)), { recursive: true });
    symlinkSync(this.path(target), this.path(name), 'junction');
    return this;
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

export const WORKSPACE = { 'pnpm-workspace.yaml': 'packages:\n  - packages/*\n' };

/** The files of a plugin package in `folder` with one optimizer. */
export function pluginPackage(
  folder: string,
  name: string,
  changes: Record<string, unknown> = {},
  code: string = GOOD_MODULE,
): Record<string, unknown> {
  return {
    [`${folder}/package.json`]: { name: `pkg-${name}`, keywords: ['gaussmark-plugin'] },
    [`${folder}/manifest.json`]: optimizerManifest({ name, ...changes }),
    [`${folder}/index.mjs`]: code,
  };
}
