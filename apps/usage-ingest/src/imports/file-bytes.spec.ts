import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { asFileFault, openFileBytes } from './file-bytes.js';
import { INFLATED_FREE_BYTES } from './import-limits.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'suanpan-file-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** How many bytes came, and why it ended. */
const drain = async (content: Buffer): Promise<{ bytes: number; code: string | null }> => {
  const path = join(folder, 'file');
  await writeFile(path, content);
  const { stream } = openFileBytes(path, { gzip: true, format: 'csv', text: true });
  let bytes = 0;
  try {
    for await (const piece of stream) bytes += (piece as Buffer).length;
    return { bytes, code: null };
  } catch (error) {
    return { bytes, code: (asFileFault(error) as { readonly code: string }).code };
  }
};

describe('a file in gzip', () => {
  it('is inflated to its end', async () => {
    const text = Buffer.from('id,source\n'.repeat(100_000));
    expect(await drain(gzipSync(text))).toEqual({ bytes: text.length, code: null });
  });

  it('of several parts, as tools append them, is read whole', async () => {
    const parts = Buffer.concat([gzipSync('id,'), gzipSync('source\n')]);
    expect(await drain(parts)).toEqual({ bytes: 10, code: null });
  });

  it('B10 that becomes a hundred times its size is given up, long before its end', async () => {
    const { bytes, code } = await drain(gzipSync(Buffer.alloc(100_000_000, 'a')));
    expect(code).toBe('ARCHIVE_LIMIT');
    expect(bytes).toBeLessThanOrEqual(INFLATED_FREE_BYTES);
  }, 30_000);

  it.each([
    ['cut', (bytes: Buffer) => bytes.subarray(0, bytes.length - 20)],
    ['followed by other bytes', (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('rest')])],
    [
      'damaged',
      (bytes: Buffer) => {
        const copy = Buffer.from(bytes);
        copy[copy.length - 8] = (copy.at(-8) ?? 0) ^ 0xff;
        return copy;
      },
    ],
  ])('B12 that is %s is told', async (_name, spoil) => {
    const text = Array.from({ length: 1_000 }, (_, at) => `call-${at}`).join('\n');
    expect((await drain(spoil(gzipSync(text)))).code).toBe('MALFORMED_ENCODING');
  });
});
