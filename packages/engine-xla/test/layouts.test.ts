// Layouts of the C API, against the sizes that plugins state in their errors and sizeof in the header.

import { describe, expect, it } from 'vitest';
import { compileOptions } from '../src/pjrt/compile-options.js';
import { LAST_NEEDED, layoutOf, NAMED_VALUE_STRIDE, SLOTS } from '../src/pjrt/layouts.js';
import { Bytes, Memory, Pointers, Struct } from '../src/pjrt/memory.js';

describe('layouts', () => {
  it.each([
    // PJRT_..._STRUCT_SIZE of the header: the end of the last field, without padding.
    ['Object', 24],
    ['EventReady', 25],
    ['ErrorCode', 28],
    ['ClientCreate', 88],
    ['Program', 48],
    ['ClientCompile', 56],
    ['BufferFromHost', 120],
    ['BufferToHost', 56],
    ['ExecuteOptions', 112],
    ['Execute', 80],
    ['Serialize', 56],
    ['Deserialize', 64],
    ['MemoryStats', 185],
    ['NamedValue', 56],
  ] as const)('%s has %i bytes', (name, bytes) => {
    expect(layoutOf(name).size).toBe(bytes);
  });

  it('aligns fields to their widths', () => {
    const { fields } = layoutOf('BufferFromHost');
    expect(fields.type.offset).toBe(32);
    expect(fields.dims.offset).toBe(40);
    expect(fields.semantics.offset).toBe(72);
    expect(fields.device.offset).toBe(80);
    expect(NAMED_VALUE_STRIDE).toBe(56);
  });

  it('gives each function one slot, in order', () => {
    const slots = Object.values(SLOTS);
    expect(slots).toEqual([...new Set(slots)].sort((a, b) => a - b));
    expect(SLOTS[LAST_NEEDED]).toBe(Math.max(...slots));
  });
});

describe('memory', () => {
  it('keeps pointers of 53 bits', () => {
    const pointers = new Pointers(2);
    pointers.fill([2 ** 47 + 4096, 2 ** 53 - 1]);
    expect([pointers.at(0), pointers.at(1)]).toEqual([2 ** 47 + 4096, 2 ** 53 - 1]);
  });

  it('states a size beyond the known fields, and points to what it keeps', () => {
    const text = new Bytes('naïve');
    const struct = new Struct('ObjectText', { text, size: text.size });
    expect(struct.getPointer(0)).toBe(layoutOf('ObjectText').size + 64);
    expect(struct.get('text')).toBe(text.address);
    expect(struct.get('size')).toBe(6);
    expect(new Uint8Array(text.buffer)[6]).toBe(0);
  });

  it('reads a bool without the padding after it', () => {
    const struct = new Struct('EventReady');
    struct.words[6] = 0xffffff00;
    expect(struct.get('ready')).toBe(0);
    struct.words[6] = 0xffffff01;
    expect(struct.get('ready')).toBe(1);
  });

  it('does not move', () => {
    const memory = Array.from({ length: 1000 }, () => new Memory(8));
    expect(new Set(memory.map(({ address }) => address)).size).toBe(1000);
  });
});

it('encodes compile options in the wire format', () => {
  expect([...compileOptions()]).toEqual([0x1a, 4, 0x20, 1, 0x28, 1]);
  const bytes = compileOptions({ ab: false, cd: 300, ef: 'x' });
  expect(Buffer.from(bytes).toString('hex')).toBe(
    // 3 { 4: 1, 5: 1 }, then 7 { 1: name, 2 { 2: false | 3: 300 | 1: "x" } } each.
    '1a0420012801' +
      '3a080a0261621202' +
      '1000' +
      '3a090a0263641203' +
      '18ac02' +
      '3a090a0265661203' +
      '0a0178',
  );
});
