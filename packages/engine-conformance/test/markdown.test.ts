// The Markdown table of conformance results.

import { describe, expect, it } from 'vitest';
import {
  type CaseResult,
  conformanceMarkdown,
  type EngineReport,
  summarize,
  toleranceMarkdown,
} from '../src/index.js';

const at = (subject: string, name: string, dtype: CaseResult['dtype'] = 'float32') => ({
  subject,
  name,
  dtype,
});

const REPORTS: readonly EngineReport[] = [
  {
    engine: 'one[threads=1]',
    info: { engine: 'one', version: '2' },
    subjects: summarize([
      { ...at('matmul', 'a'), status: 'pass', share: 0.25 },
      { ...at('matmul', 'b', 'float64'), status: 'pass', share: 0.5 },
      { ...at('sgn on mnist', 'a step'), status: 'pass', share: 0.001 },
    ]),
  },
  {
    engine: 'two[backend=x]',
    info: {},
    subjects: summarize([
      { ...at('matmul', 'a'), status: 'fail', reason: 'at [1,2]: expected 1, got 2 | 3' },
      { ...at('matmul', 'b', 'float64'), status: 'unsupported', reason: 'has no float64' },
      { ...at('neg', 'c', 'float64'), status: 'unsupported', reason: 'has no float64' },
    ]),
  },
];

describe('the table', () => {
  const lines = conformanceMarkdown(REPORTS).split('\n');

  it('has a row per subject and a column per engine', () => {
    expect(lines).toContain('|  | `one[threads=1]` | `two[backend=x]` |');
    expect(lines).toContain('| `matmul` | 2 f32 f64 (0.50) | – 1&nbsp;<sup>1</sup><br>**✗ 1** |');
    expect(lines).toContain('| `neg` |  | – 1&nbsp;<sup>1</sup> |');
    expect(lines).toContain('| sgn on mnist | 1 f32 (<0.01) |  |');
  });

  it('lists every reason once, and escapes failures', () => {
    expect(lines.filter((line) => line.includes('has no float64'))).toEqual(['1. `two` has no float64']);
    expect(lines).toContain('- `two[backend=x]`, matmul, float32, a: at \\[1,2\\]: expected 1, got 2 \\| 3');
  });

  it('counts outcomes and states a verdict', () => {
    expect(lines).toContain('| `one[threads=1]` | version 2 | 3 | 0 | 0 | conforms |');
    expect(lines).toContain('| `two[backend=x]` |  | 0 | 2 | 1 | fails |');
  });

  it('states the tolerance of each primitive', () => {
    expect(toleranceMarkdown()).toMatch(/^\| `matmul` \| 16 \| 16 \| magnitude \| /m);
    expect(toleranceMarkdown()).toMatch(/^\| `reshape` \| exact \| exact \| {2}\| /m);
  });
});
