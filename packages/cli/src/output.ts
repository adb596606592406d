// What commands print at their end: a document on stdout for programs, or text for people with the rest on stderr.

import path from 'node:path';
import type { CommandContext } from './context.js';
import type { Sink } from './screen.js';

type Context = Pick<CommandContext, 'screen' | 'cwd'>;

interface JsonOptions {
  readonly json?: boolean;
}

/** Where remarks about results go: stderr while stdout carries JSON. */
export const remarksOf = ({ screen }: Context, { json }: JsonOptions): Sink =>
  json ? screen.err : screen.out;

/** Prints JSON, or the text that `render` makes. */
export function printJsonOr(
  { screen: { out } }: Context,
  { json }: JsonOptions,
  value: unknown,
  render: () => string,
): void {
  if (json) out.writeDocument(`${JSON.stringify(value, null, 2)}\n`);
  else out.write(`${render()}\n`);
}

/** `report: reports/latest/index.html` */
export function printPlace(context: Context, options: JsonOptions, name: string, file: string): void {
  remarksOf(context, options).write(`${name}: ${fromHere(file, context.cwd)}\n`);
}

export function printLines(sink: Sink, lines: readonly string[]): void {
  for (const line of lines) sink.write(`${line}\n`);
}

/** A path, relative to the user's directory if it is inside. */
export function fromHere(file: string, cwd: string): string {
  const relative = path.relative(cwd, file);
  return relative.startsWith('..') ? file : relative;
}
