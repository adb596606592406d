// Validates published results against their schema.

import { GaussmarkError } from './errors.js';
import type { PublishedResults } from './published-results-schema.js';
import { publishedValidator } from './validation.js';

const check = publishedValidator('published-results');

/**
 * Validates published results.
 *
 * @throws GaussmarkError listing every mistake.
 * @internal
 */
export function parsePublishedResults(document: unknown, file: string): PublishedResults {
  const issues = check(document);
  if (issues.length === 0) return document as PublishedResults;
  throw new GaussmarkError(`${file} is not a valid set of published results`, { file, issues });
}
