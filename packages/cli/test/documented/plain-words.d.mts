// The type of plain-words.mjs.

export declare function plainWords(words: readonly string[]): string[];
