// Writing: a system that takes a byte at a time, nothing for a while, or no more at all; files are the old ones or complete.

import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type FileSystem,
  makeDirectory,
  replaceFile,
  replaceFiles,
  StorageError,
  writeAll,
} from '../src/writing.js';

let directory: string;
beforeEach(() => {
  directory = fs.mkdtempSync(path.join(tmpdir(), 'gaussmark-writing-'));
});
afterEach(() => fs.rmSync(directory, { recursive: true, force: true }));

const failure = (code: string) => Object.assign(new Error(`${code}: injected`), { code });

/** Takes what `take` says of each offer, and remembers what it took. */
function recorder(take: (offered: number) => number): {
  writeSync: FileSystem['writeSync'];
  text: () => string;
} {
  const taken: Buffer[] = [];
  return {
    writeSync: ((_: number, bytes: Uint8Array, start: number, length: number) => {
      const count = take(length);
      taken.push(Buffer.from(bytes.subarray(start, start + count)));
      return count;
    }) as FileSystem['writeSync'],
    text: () => Buffer.concat(taken).toString(),
  };
}

/** The real file system, full after so many bytes. */
function fullAfter(bytes: number, code = 'ENOSPC'): FileSystem {
  let room = bytes;
  return {
    ...fs,
    writeSync: ((descriptor: number, content: Uint8Array, start: number, length: number) => {
      const count = Math.min(length, room);
      if (count === 0) throw failure(code);
      room -= count;
      return fs.writeSync(descriptor, content, start, count);
    }) as FileSystem['writeSync'],
  };
}

describe('writeAll', () => {
  it('writes all of any text, however little is taken at once', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary', maxLength: 200 })),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
        (pieces, sizes) => {
          let call = 0;
          const system = recorder((offered) => Math.min(offered, sizes[call++ % sizes.length]!));
          writeAll(1, pieces, system);
          expect(system.text()).toBe(Buffer.from(pieces.join('')).toString());
        },
      ),
      { numRuns: 50 },
    );
  });

  it('waits for a pipe that is full', () => {
    let calls = 0;
    const system = recorder((offered) => {
      calls += 1;
      if (calls % 2 === 1) throw failure('EAGAIN');
      return Math.min(offered, 2);
    });
    expect(writeAll(1, 'seven..', system)).toBe(7);
    expect([system.text(), calls]).toEqual(['seven..', 8]);
  });

  it('keeps a character whole that lies on the border of two blocks', () => {
    const text = `${'a'.repeat(2 ** 20 - 1)}😀${'b'.repeat(10)}`;
    const system = recorder((offered) => offered);
    writeAll(1, text, system);
    expect(system.text() === text).toBe(true);
  });

  it.each(['EPIPE', 'ENOSPC', 'EIO'])('passes %s on', (code) => {
    const system = recorder(() => {
      throw failure(code);
    });
    expect(() => writeAll(1, 'x', system)).toThrow(expect.objectContaining({ code }));
  });

  it('is an error where nothing is taken without a word', () => {
    expect(() =>
      writeAll(
        1,
        'x',
        recorder(() => 0),
      ),
    ).toThrow(expect.objectContaining({ code: 'EIO' }));
  });
});

describe('replacing files', () => {
  const lost = 'the thing could not be written';

  it('makes directories, and leaves the files and nothing else', () => {
    const file = path.join(directory, 'a/b/c.txt');
    replaceFile(file, ['one', Buffer.from(' two')], { lost });
    expect(fs.readFileSync(file, 'utf8')).toBe('one two');
    expect(fs.readdirSync(path.dirname(file))).toEqual(['c.txt']);
  });

  it.each([0, 1, 5, 11])('leaves the old ones, and no trace, if the disk is full after %i bytes', (room) => {
    const [a, b] = [path.join(directory, 'a'), path.join(directory, 'new/deep/b')];
    fs.writeFileSync(a, 'old');
    const system = fullAfter(room);
    expect(() =>
      replaceFiles(
        [
          [a, 'seven..'],
          [b, 'five.'],
        ],
        { lost, system },
      ),
    ).toThrow(StorageError);
    expect(fs.readFileSync(a, 'utf8')).toBe('old');
    expect(fs.readdirSync(directory)).toEqual(['a']);
  });

  it('says of a full disk that it is full, and of others what they are', () => {
    const file = path.join(directory, 'a');
    const replaced = (code: string) => () => replaceFile(file, 'x', { lost, system: fullAfter(0, code) });
    expect(replaced('ENOSPC')).toThrow(/the disk of .*a is full: the thing could not be written/);
    expect(replaced('EIO')).toThrow(
      /cannot write into .*a \(EIO: injected\): the thing could not be written/,
    );
  });

  it('leaves the old one if what it is made of fails', () => {
    const file = path.join(directory, 'a');
    fs.writeFileSync(file, 'old');
    function* pieces() {
      yield 'new';
      throw new RangeError('no more');
    }
    expect(() => replaceFile(file, pieces(), { lost })).toThrow(RangeError);
    expect([fs.readFileSync(file, 'utf8'), fs.readdirSync(directory)]).toEqual(['old', ['a']]);
  });

  it.skipIf(process.platform === 'win32')(
    'keeps a link, and writes to a device instead of replacing it',
    () => {
      const [file, link] = [path.join(directory, 'file'), path.join(directory, 'link')];
      fs.writeFileSync(file, 'old');
      fs.symlinkSync(file, link);
      replaceFile(link, 'new', { lost });
      expect([fs.readFileSync(file, 'utf8'), fs.lstatSync(link).isSymbolicLink()]).toEqual(['new', true]);
      replaceFile('/dev/null', 'gone', { lost });
      expect(fs.statSync('/dev/null').isCharacterDevice()).toBe(true);
    },
  );

  it.skipIf(process.platform !== 'linux')('fails on a real device that is full', () => {
    expect(() => replaceFile('/dev/full', 'x', { lost })).toThrow(/the disk of \/dev\/full is full/);
  });

  it('takes a name as long as names can be', () => {
    const file = path.join(directory, 'x'.repeat(255));
    replaceFile(file, 'x', { lost });
    expect(fs.readdirSync(directory)).toEqual([path.basename(file)]);
  });
});

describe('making a directory', () => {
  it('says which is the outermost that was made, and takes it back if it fails inside', () => {
    expect(makeDirectory(path.join(directory, 'a/b/c'))).toBe(path.join(directory, 'a'));
    expect(makeDirectory(path.join(directory, 'a/b'))).toBeUndefined();
    fs.writeFileSync(path.join(directory, 'file'), '');
    expect(() => makeDirectory(path.join(directory, 'file/x'))).toThrow(/EEXIST|ENOTDIR/);
    expect(() => makeDirectory(path.join(directory, `new/${'x'.repeat(300)}`))).toThrow('ENAMETOOLONG');
    expect(fs.readdirSync(directory).sort()).toEqual(['a', 'file']);
  });
});
