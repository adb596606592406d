// Reads files as bytes, text and JSON: only regular files of limited size, strictly decoded.

import { readFile, stat } from 'node:fs/promises';
import { type DecodeOptions, decodeText } from './decode-text.js';
import { GaussmarkError } from './errors.js';
import { parseJson } from './strict-json.js';

export interface FileOptions extends Partial<DecodeOptions> {
  /** The largest file, in bytes. */
  readonly limit?: number;
}

/** Far above any hand-written text; V8's strings end at 512 MiB. */
const TEXT_LIMIT = 256 * 2 ** 20;
/** For hand-written files: manifests, problems, profiles. */
export const DEFINITION_LIMIT = 4 * 2 ** 20;

/**
 * The bytes of a file.
 *
 * @throws GaussmarkError if the file does not exist, is not a regular file (reading a device or a pipe may never end),
 *   exceeds the limit, or cannot be read.
 * @internal
 */
export async function readRegularFile(file: string, options: FileOptions = {}): Promise<Buffer> {
  const { label = file, plugin, limit = TEXT_LIMIT } = options;
  const fail = (
    reason: string,
    details: { expected?: string; got?: string; remedy?: string } = {},
    cause?: unknown,
  ) => new GaussmarkError(`cannot read ${label}: ${reason}`, { file, plugin, ...details, cause });
  try {
    const info = await stat(file);
    if (!info.isFile()) throw fail('not a regular file', { expected: 'a file', got: kindOf(info) });
    if (info.size > limit) {
      throw fail('the file is too large', {
        expected: `at most ${limit} bytes`,
        got: `${info.size} bytes`,
      });
    }
    return await readFile(file);
  } catch (cause) {
    if (cause instanceof GaussmarkError) throw cause;
    throw fail(reasonOfSystem(cause), isMissingFile(cause) ? { remedy: pathRemedy(file, label) } : {}, cause);
  }
}

/**
 * The text of a file; throws as {@link readRegularFile} and {@link decodeText} do.
 *
 * @internal
 */
export async function readText(file: string, options: FileOptions = {}): Promise<string> {
  return decodeText(await readRegularFile(file, options), { label: file, file, ...options });
}

/**
 * The JSON document in a file; throws as {@link readText} and {@link parseJson} do.
 *
 * @internal
 */
export async function readJson(file: string, options: FileOptions = {}): Promise<unknown> {
  return parseJson(await readText(file, options), {
    label: options.label ?? file,
    file,
    plugin: options.plugin,
  });
}

/**
 * Whether a file system error means that the file does not exist.
 *
 * @internal
 */
export function isMissingFile(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENAMETOOLONG: 'the path is too long',
  ELOOP: 'too many symbolic links',
};

function reasonOfSystem(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? (error instanceof Error ? error.message : String(error));
}

function pathRemedy(file: string, label: string): string {
  return label === file && file.startsWith('/')
    ? 'check the path'
    : `check the path; relative paths start at ${process.cwd()}`;
}

function kindOf(info: Awaited<ReturnType<typeof stat>>): string {
  if (info.isDirectory()) return 'a folder';
  if (info.isFIFO()) return 'a pipe';
  return info.isSocket() ? 'a socket' : 'a device';
}
