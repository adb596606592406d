// What create() may return.

import { describe, expect, it } from 'vitest';
import { demandMembers } from '../src/members.js';

const f = () => {};

describe('what create() returns', () => {
  it.each([
    ['optimizer', { init: f }, "optimizer 'x' has no step()", 'an object with init'],
    ['optimizer', {}, "optimizer 'x' has no init() and no step()", 'an empty object'],
    ['optimizer', { init: f, stpe: f }, "optimizer 'x' has no step()", 'an object with init, stpe'],
    ['optimizer', undefined, "optimizer 'x': create() returned no optimizer", 'nothing'],
    ['optimizer', Promise.resolve(), "optimizer 'x': create() returned a promise", 'a promise'],
    [
      'optimizer',
      { init: f, step: f, evaluationPoint: 1 },
      "optimizer 'x': evaluationPoint is not a function",
      'number',
    ],
    ['model', { apply: f }, "model 'x' has no init()", 'an object with apply'],
    [
      'engine',
      { compile: f, upload: f, dispose: f },
      "engine 'x' has no allocate()",
      'an object with compile, upload, dispose',
    ],
  ] as const)('%s %o is refused', (kind, made, summary, got) => {
    expect(() => demandMembers(kind, `${kind} 'x'`, made)).toThrow(
      expect.objectContaining({ summary, got, plugin: `${kind} 'x'` }),
    );
  });

  it('is accepted with its functions, inherited ones too, or as an incompatible model', () => {
    class Rule {
      init() {}
      step() {}
    }
    for (const made of [{ init: f, step: f }, new Rule()])
      expect(demandMembers('optimizer', 'x', made)).toBe(made);
    expect(demandMembers('model', 'x', { incompatible: 'no images' })).toEqual({ incompatible: 'no images' });
  });
});
