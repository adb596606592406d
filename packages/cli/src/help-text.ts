// Help on a terminal of any width: its paragraphs are filled anew, its commands are broken so that they still run.

import { widthOf, wrap } from './paragraph.js';

/** A line this long was broken in the source: the next one belongs to the same paragraph. */
const BROKEN_IN_SOURCE = 100;
/** A description keeps so many columns beside what it describes, or goes below it. */
const LEAST_BESIDE = 24;

export function fitHelp(text: string, columns: number): string {
  return paragraphsOf(text)
    .map((line) => (widthOf(line) <= columns ? line : fitLine(line, columns)))
    .join('\n');
}

/** Lines as they are, but a paragraph of several lines in one. */
function paragraphsOf(text: string): string[] {
  const paragraphs: string[] = [];
  let open = false;
  for (const line of text.split('\n')) {
    if (open && /^\S/.test(line)) paragraphs[paragraphs.length - 1] += ` ${line}`;
    else paragraphs.push(line);
    open = /^\S/.test(line) && line.length > BROKEN_IN_SOURCE;
  }
  return paragraphs;
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
  return /^ *bench /.test(line) ? fitCommand(line.trim(), columns, indent) : wrap(line, columns, indent);
}

/** A command over several lines, as a shell reads it: broken between its arguments, behind a backslash. */
function fitCommand(command: string, columns: number, indent: string): string {
  const lines = [''];
  for (const argument of command.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? []) {
    const line = lines.at(-1)!;
    const longer = line === '' ? argument : `${line} ${argument}`;
    if (line !== '' && widthOf(indent) + widthOf(longer) + 2 > columns) lines.push(`  ${argument}`);
    else lines[lines.length - 1] = longer;
  }
  return lines.map((line) => indent + line).join(' \\\n');
}
