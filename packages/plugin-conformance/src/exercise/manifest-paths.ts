// Paths in a manifest's coverage, such as a small file to read.

import path from 'node:path';
import type { HyperparameterValues, JsonValue, Manifest } from '@gaussmark/core';

/**
 * Paths of a manifest's coverage are relative to the manifest.
 *
 * @internal
 */
export function withManifestPaths(
  values: HyperparameterValues,
  { manifest, manifestFile }: { readonly manifest: Manifest; readonly manifestFile: string },
): HyperparameterValues {
  const { base = {}, values: tried = {} } = manifest.coverage ?? {};
  const own = new Set([...Object.values(base), ...Object.values(tried).flat()].filter(isRelativePath));
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      own.has(value) ? path.resolve(path.dirname(manifestFile), value as string) : value,
    ]),
  );
}

const isRelativePath = (value: JsonValue) => typeof value === 'string' && /^\.\.?\//.test(value);
