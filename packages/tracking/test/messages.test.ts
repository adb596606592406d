// The messages of a measuring process under fuzz.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { answerIssues, messageIssues } from '../src/messages.js';

it('judges any message without throwing', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      expect(messageIssues(value)).not.toEqual([]);
      for (const issuesOf of Object.values(answerIssues)) issuesOf(value);
    }),
  );
});
