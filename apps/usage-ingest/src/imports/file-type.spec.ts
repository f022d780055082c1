import { describe, expect, it } from '@jest/globals';
import { checkContent, checkHead, formatOf, shownName } from './file-type.js';

const refusal = (work: () => void): unknown => {
  try {
    work();
    return null;
  } catch (error) {
    const { status, code } = error as { readonly status: number; readonly code: string };
    return [status, code];
  }
};

const mismatch = [415, 'UNSUPPORTED_MEDIA_TYPE'];
const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a]);
const gzip = Buffer.from([0x1f, 0x8b, 8, 0]);

describe('B86 the first bytes of a file', () => {
  it.each([
    ['a PDF', 'csv', Buffer.from('%PDF-1.7\n')],
    ['a PNG', 'csv', png],
    ['a PNG', 'ndjson', png],
    ['an XLSX', 'csv', Buffer.from('PK\u0003\u0004rest')],
    ['an XLS', 'csv', Buffer.from([0xd0, 0xcf, 0x11, 0xe0])],
    ['UTF-16', 'csv', Buffer.from('\ufeffid', 'utf16le')],
    ['a gzip that is not said to be one', 'csv', gzip],
    ['Parquet', 'csv', Buffer.from('PAR1....')],
    ['bytes that are no text', 'csv', Buffer.from('id,source\u0000')],
    ['a CSV', 'parquet', Buffer.from('id,source\n')],
    ['a CSV', 'ndjson', Buffer.from('id,source\n')],
  ] as const)('%s is no %s', (_name, format, head) => {
    expect(refusal(() => checkContent(head, format))).toEqual(mismatch);
    expect(refusal(() => checkHead(head, { format, gzip: false }))).toEqual(mismatch);
  });

  it.each([
    ['csv', Buffer.from('\ufeffid;source\r\n')],
    ['ndjson', Buffer.from('\n {"specversion":"1.0"}\n')],
    ['ndjson', Buffer.from('\n')],
    ['parquet', Buffer.from('PAR1....')],
  ] as const)('of a %s are taken', (format, head) => {
    expect(refusal(() => checkContent(head, format))).toBeNull();
  });

  it('a file that is said to be a gzip is one', () => {
    const said = { format: 'csv', gzip: true } as const;
    expect(refusal(() => checkHead(gzip, said))).toBeNull();
    expect(refusal(() => checkHead(Buffer.from('id,source'), said))).toEqual(mismatch);
  });
});

describe('the media type', () => {
  it('says the format', () => {
    expect(formatOf('text/csv')).toBe('csv');
    expect(formatOf('application/x-ndjson')).toBe('ndjson');
    expect(formatOf('application/vnd.apache.parquet')).toBe('parquet');
  });

  it.each(['text/plain', 'application/zip', '', '__proto__', 'constructor'])(
    '%j is none',
    (type) => {
      expect(refusal(() => formatOf(type))).toEqual(mismatch);
    },
  );
});

describe('B85 the name of a file', () => {
  it.each([
    ['may.csv', 'may.csv'],
    ['../../etc/passwd', 'passwd'],
    ['..\\..\\windows\\win.ini', 'win.ini'],
    ['/', 'file'],
    ['..', 'file'],
    ['', 'file'],
    [undefined, 'file'],
    ['a\u0000b.csv', 'ab.csv'],
    ['gnp.\u202evsc', 'gnp.vsc'],
    ['五月用量.csv', '五月用量.csv'],
    ['n'.repeat(4_096), 'n'.repeat(120)],
    [`${'n'.repeat(119)}\u{1f600}x`, 'n'.repeat(119)],
  ])('%j is shown as %j', (name, shown) => {
    expect(shownName(name)).toBe(shown);
  });
});
