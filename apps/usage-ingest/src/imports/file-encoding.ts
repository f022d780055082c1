/**
 * Whether the body is a file in gzip: it is kept as it was sent, so that its hash is the file's.
 *
 * Rejections  UNSUPPORTED_ENCODING 415
 */
import { HttpProblem } from '@suanpan/platform-http';
import type { Request } from 'express';

export const fileEncodingOf = ({ headers }: Request): 'gzip' | 'identity' => {
  const encoding = (headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity') return 'identity';
  if (encoding === 'gzip' || encoding === 'x-gzip') return 'gzip';
  throw new HttpProblem(415, 'UNSUPPORTED_ENCODING', {
    detail: 'A file is sent as it is, or as .gz with Content-Encoding: gzip.',
    headers: { 'Accept-Encoding': 'gzip' },
  });
};
