// Makes untrusted text (names, values, messages) safe to display: bounded, and without control characters.

/** The limit for one part of a message. */
const LONGEST_TEXT = 2000;

/**
 * The first `longest` characters (code points) of a text, and how many were cut.
 *
 * @internal
 */
export function shorten(text: string, longest: number = LONGEST_TEXT): string {
  if (text.length <= longest) return text;
  const head = Array.from(text.slice(0, 2 * longest))
    .slice(0, longest)
    .join('');
  const rest = text.slice(head.length);
  if (rest === '') return text;
  const pairs = rest.match(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g)?.length ?? 0;
  return `${head}… (${rest.length - pairs} more characters)`;
}

/**
 * Characters to escape: control characters (which start escape sequences), those that change the direction of text, other invisible
 * ones, lone surrogates, and those not allowed in XML. Not tab and line feed, nor the joiners needed by scripts and emoji.
 */
const INVISIBLE = /(?![\t\n\u200C\u200D])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\uFFFE\uFFFF]/gu;

/**
 * Escapes invisible characters as JSON does: `\u001b`. JSON documents and quoted strings in selections keep their meaning.
 *
 * @internal
 */
export function escapeInvisible(text: string): string {
  return text.replace(INVISIBLE, (character) =>
    Array.from(
      { length: character.length },
      (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}

/**
 * A text on one line, without invisible characters.
 *
 * @internal
 */
export function oneLine(text: string): string {
  return escapeInvisible(text.replace(/\s+/g, ' '));
}
