import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { csvRows, findSeparator } from './csv-rows.js';
import { asFileFault } from './file-bytes.js';
import type { ImportRow } from './row.js';

const HEAD = 'id,source,time,contract,buyer,centre,model,input,metadata.note';
const row = (id: string, note = ''): string =>
  `${id},gz/vllm-1,2026-06-15T10:00:00Z,c,b,gz,m,5,${note}`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'suanpan-csv-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Options {
  readonly gzip?: boolean;
  readonly separator?: string;
  readonly after?: number;
}

const read = async (
  content: string | Buffer,
  { gzip = false, separator, after = 0 }: Options = {},
): Promise<readonly ImportRow[]> => {
  const path = join(folder, 'file');
  await writeFile(path, content);
  const rows: ImportRow[] = [];
  const source = { path, format: 'csv', gzip, separator: separator ?? null, after } as const;
  for await (const one of csvRows(source)) rows.push(one);
  return rows;
};

const ids = (rows: readonly ImportRow[]): readonly unknown[] =>
  rows.map(({ item }) => (item.value as { readonly id?: string } | undefined)?.id);

const faultOf = async (content: string | Buffer, options?: Options): Promise<unknown> => {
  const fault: unknown = await read(content, options).catch(asFileFault);
  const { code, message } = fault as { readonly code: string; readonly message: string };
  return { code, message };
};

describe('B84 a CSV', () => {
  it('has its rows numbered as a spreadsheet does: the header is row 1', async () => {
    const rows = await read([HEAD, row('a'), row('b'), ''].join('\n'));
    expect(rows.map(({ number }) => number)).toEqual([2, 3]);
    expect(ids(rows)).toEqual(['a', 'b']);
    expect(JSON.parse(rows[0]?.item.raw.toString() ?? '')).toEqual(rows[0]?.item.value);
  });

  it('with a byte order mark, `;` and CRLF is read as it is', async () => {
    const lines = [HEAD, row('a')].map((line) => line.replaceAll(',', ';'));
    expect(ids(await read(`\ufeff${lines.join('\r\n')}\r\n`))).toEqual(['a']);
  });

  it('keeps CRLF and separators inside quotes', async () => {
    const rows = await read([HEAD, row('a', '"x\r\ny, ""z"""'), row('b')].join('\r\n'));
    expect(rows[0]?.item.value).toMatchObject({ data: { metadata: { note: 'x\r\ny, "z"' } } });
    expect(rows.map(({ number }) => number)).toEqual([2, 3]);
  });

  it('takes =1+1 for the text that it is', async () => {
    const [first] = await read([HEAD, row('=1+1', '=cmd()')].join('\n'));
    expect(first?.item.value).toMatchObject({ id: '=1+1', data: { metadata: { note: '=cmd()' } } });
  });

  it('passes over blank lines, and over what was read before', async () => {
    const text = [HEAD, row('a'), '', row('b'), row('c')].join('\n');
    expect((await read(text)).map(({ number }) => number)).toEqual([2, 4, 5]);
    expect(ids(await read(text, { after: 4 }))).toEqual(['c']);
  });

  it('refuses a row with a cell too many or too few, and no other', async () => {
    const rows = await read([HEAD, `${row('a')},more`, 'a,b', row('c')].join('\n'));
    expect(rows.map(({ item }) => item.unreadable?.code ?? null)).toEqual([
      'COLUMN_COUNT',
      'COLUMN_COUNT',
      null,
    ]);
  });

  it.each([
    ['a quote that never ends', [HEAD, row('a'), row('b', '"open')].join('\n'), 'INVALID_CSV'],
    ['text after a quote', [HEAD, row('a', '"x"y')].join('\n'), 'INVALID_CSV'],
    ['a row of megabytes', [HEAD, row('a', 'x'.repeat(1_100_000))].join('\n'), 'INVALID_CSV'],
    ['a quoted row of megabytes', `${HEAD}\n"${'x'.repeat(3_000_000)}`, 'INVALID_CSV'],
    ['nothing', '', 'EMPTY_FILE'],
    ['no header', '\ufeff', 'EMPTY_FILE'],
    ['a header that lacks a column', 'id,source\n', 'MISSING_COLUMN'],
    ['other columns', `${HEAD},colour\n`, null],
    ['words for columns', `${HEAD},Total Tokens\n`, 'UNKNOWN_COLUMN'],
  ])('with %s ends with a reason', async (_name, text, code) => {
    expect(await faultOf(text)).toMatchObject(code === null ? {} : { code });
  });

  it('that is not UTF-8, as Excel saves it in China, says how to save it', async () => {
    const gbk = Buffer.concat([Buffer.from(`${HEAD}\n`), Buffer.from([0xce, 0xe5, 0xd4, 0xc2])]);
    expect(await faultOf(gbk)).toEqual({
      code: 'MALFORMED_UTF8',
      message: expect.stringContaining('CSV UTF-8') as unknown,
    });
  });

  it('names the row where it broke', async () => {
    const text = [HEAD, ...Array.from({ length: 50 }, (_, at) => row(`r${at}`)), row('z', '"x"y')];
    expect(await faultOf(text.join('\n'))).toMatchObject({
      message: expect.stringMatching(
        /^Row \d+ cannot be read: Invalid Closing Quote\.$/,
      ) as unknown,
    });
  });
});

describe('a CSV that breaks in the middle', () => {
  it('gives every row before the broken one, however large the file', async () => {
    const good = Array.from({ length: 3_000 }, (_, at) => row(`r${at}`));
    await writeFile(
      join(folder, 'file'),
      [HEAD, ...good, row('z', '"x"y'), row('after')].join('\n'),
    );
    const source = { path: join(folder, 'file'), format: 'csv', gzip: false } as const;
    const rows: ImportRow[] = [];
    const all = async (): Promise<void> => {
      for await (const one of csvRows({ ...source, separator: null, after: 0 })) rows.push(one);
    };
    await expect(all()).rejects.toMatchObject({
      message: 'Row 3002 cannot be read: Invalid Closing Quote.',
    });
    expect(rows).toHaveLength(3_000);
  });
});

describe('a CSV in gzip', () => {
  it('is read like any other', async () => {
    const bytes = gzipSync([HEAD, row('a'), row('b')].join('\n'));
    expect(ids(await read(bytes, { gzip: true }))).toEqual(['a', 'b']);
  });

  it('B12 that is cut or damaged ends with a reason', async () => {
    const bytes = gzipSync(
      [HEAD, ...Array.from({ length: 999 }, (_, at) => row(`${at}`))].join('\n'),
    );
    const cut = bytes.subarray(0, bytes.length - 12);
    expect(await faultOf(cut, { gzip: true })).toMatchObject({ code: 'MALFORMED_ENCODING' });
  });

  it('B86 that hides something else is refused', async () => {
    const bytes = gzipSync(gzipSync(HEAD));
    expect(await faultOf(bytes, { gzip: true })).toMatchObject({ code: 'UNSUPPORTED_MEDIA_TYPE' });
  });
});

describe('the separator', () => {
  it.each([
    ['a,b,c', ','],
    ['a;b;c', ';'],
    ['a\tb', '\t'],
    ['a|b|c\nx,y,z,', '|'],
    ['"a,b,c,d";e', ';'],
    ['alone', ','],
  ])('of %j is %j', (head, separator) => {
    expect(findSeparator(Buffer.from(head))).toBe(separator);
  });
});
