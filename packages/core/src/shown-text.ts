// Other people's texts (names, values, messages), made fit to be shown: bounded, and with nothing in them that is obeyed
// rather than seen.

/** Of one part of a message. */
const LONGEST_TEXT = 2000;

/** The beginning of a text, and how much was left out. */
export function shorten(text: string, longest: number = LONGEST_TEXT): string {
  if (text.length <= longest) return text;
  const end = /[\uD800-\uDBFF]/.test(text.charAt(longest - 1)) ? longest - 1 : longest;
  return `${text.slice(0, end)}… (${text.length - end} more characters)`;
}

/**
 * Control characters (escape sequences begin with one), those that turn the direction of text, others that cannot be seen, half
 * characters, and what XML does not allow. Not tab and line feed, nor the joiners that scripts and emoji need.
 */
const INVISIBLE = /(?![\t\n\u200C\u200D])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\uFFFE\uFFFF]/gu;

/**
 * A text whose invisible characters are written as JSON does: `\u001b`. So a JSON document stays the same document, and a quoted
 * string in a selection reads back.
 */
export function escapeInvisible(text: string): string {
  return text.replace(INVISIBLE, (character) =>
    Array.from(
      { length: character.length },
      (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}

/** A text on one line, with nothing invisible in it. */
export function oneLine(text: string): string {
  return escapeInvisible(text.replace(/\s+/g, ' '));
}
