// Files as bytes, text and JSON: regular files of a bounded size, decoded strictly.

import { readFile, stat } from 'node:fs/promises';
import { type DecodeOptions, decodeText } from './decode-text.js';
import { GaussmarkError } from './errors.js';
import { parseJson } from './strict-json.js';

export interface FileOptions extends Partial<DecodeOptions> {
  /** The largest file, in bytes. */
  readonly limit?: number;
}

/** Far above any text that people write; a string of V8 ends at 512 MiB. */
const TEXT_LIMIT = 256 * 2 ** 20;
/** Of what a person writes: a manifest, a problem, a profile. */
export const DEFINITION_LIMIT = 4 * 2 ** 20;

/**
 * The bytes of a file.
 *
 * @throws GaussmarkError if there is none, it is no regular file (a folder, a device, a pipe: those may never end), it is larger
 *   than the limit, or it cannot be read.
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
    throw fail(
      reasonOfSystem(cause),
      isMissingFile(cause) ? { remedy: whereItStarts(file, label) } : {},
      cause,
    );
  }
}

/** The text of a file; errors as for {@link readRegularFile} and {@link decodeText}. */
export async function readText(file: string, options: FileOptions = {}): Promise<string> {
  return decodeText(await readRegularFile(file, options), { label: file, file, ...options });
}

/** The JSON document in a file; errors as for {@link readText} and {@link parseJson}. */
export async function readJson(file: string, options: FileOptions = {}): Promise<unknown> {
  return parseJson(await readText(file, options), {
    label: options.label ?? file,
    file,
    plugin: options.plugin,
  });
}

/** Whether a file system error says that there is no such file. */
export function isMissingFile(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENAMETOOLONG: 'the path is too long',
  ELOOP: 'too many symbolic links',
};

function reasonOfSystem(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? (error instanceof Error ? error.message : String(error));
}

function whereItStarts(file: string, label: string): string {
  return label === file && file.startsWith('/')
    ? 'check the path'
    : `check the path; relative ones start at ${process.cwd()}`;
}

function kindOf(info: Awaited<ReturnType<typeof stat>>): string {
  if (info.isDirectory()) return 'a folder';
  if (info.isFIFO()) return 'a pipe';
  return info.isSocket() ? 'a socket' : 'a device';
}
