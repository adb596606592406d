// Help texts: lists of examples, and help fitted to the width of a terminal. Broken commands still run when pasted.

import { widthOf, wrap } from './paragraph.js';

/** A description keeps this many columns beside its term, or moves below it. */
const LEAST_BESIDE = 24;
/** Examples this long stand below their descriptions. */
const LONGEST_BESIDE = 60;

/** The examples at the end of a help text, and notes below them. */
export function examples(
  lines: readonly (readonly [command: string, description: string])[],
  notes?: string,
): string {
  const longest = Math.max(...lines.map(([command]) => command.length));
  const listed = lines.map(([command, description]) =>
    longest <= LONGEST_BESIDE
      ? `  ${command.padEnd(longest)}  ${description}`
      : `  # ${description}\n  ${command}`,
  );
  return `\nExamples:\n${listed.join('\n')}${notes === undefined ? '' : `\n\n${notes.trim()}`}`;
}

export function fitHelp(text: string, columns: number): string {
  return joinParagraphs(text)
    .map((line) => (widthOf(line) <= columns ? line : fitLine(line, columns)))
    .join('\n');
}

/** Joins adjacent lines that are not indented: the lines of a paragraph. */
function joinParagraphs(text: string): string[] {
  const lines: string[] = [];
  let inParagraph = false;
  for (const line of text.split('\n')) {
    const isProse = /^\S/.test(line);
    if (isProse && inParagraph) lines[lines.length - 1] += ` ${line}`;
    else lines.push(line);
    inParagraph = isProse;
  }
  return lines;
}

function fitLine(line: string, columns: number): string {
  const indent = /^ *(?:# )?/.exec(line)![0];
  if (indent.endsWith('# ')) return wrap(line.slice(indent.length), columns, indent);
  const pair = /^( *\S.*?) {2,}(\S.*)$/.exec(line);
  if (pair !== null) {
    const [, term, description] = pair as unknown as [string, string, string];
    const start = widthOf(line) - widthOf(description);
    if (columns - start >= LEAST_BESIDE) {
      return line.slice(0, start) + wrap(description, columns, ' '.repeat(start)).trimStart();
    }
    return `${fitLine(term, columns)}\n${wrap(description, columns, `${indent}    `)}`;
  }
  return /^ *(?:bench|git) /.test(line)
    ? fitCommand(line.trim(), columns, indent)
    : wrap(line, columns, indent);
}

/** An argument with its quotes, or an option with its value. */
const ARGUMENT = /(?:--\S+ (?!-))?(?:'[^']*'|"[^"]*"|[^\s'"])+/g;

/** Breaks a command between arguments, with backslashes. */
function fitCommand(command: string, columns: number, indent: string): string {
  const lines = [''];
  const room = columns - widthOf(indent) - 4;
  const pieces = (command.match(ARGUMENT) ?? []).flatMap((each) =>
    widthOf(each) <= room ? [each] : each.split(/(?<=^--\S+) /),
  );
  for (const argument of pieces) {
    const line = lines.at(-1)!;
    const longer = line === '' ? argument : `${line} ${argument}`;
    if (line !== '' && widthOf(indent) + widthOf(longer) + 2 > columns) lines.push(`  ${argument}`);
    else lines[lines.length - 1] = longer;
  }
  return lines.map((line) => indent + line).join(' \\\n');
}
