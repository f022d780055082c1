/** Why a file is not taken. */
import { HttpProblem } from '@suanpan/platform-http';
import { OPEN_IMPORTS_MAX } from './import-limits.js';

export const tooManyImports = (): HttpProblem =>
  new HttpProblem(429, 'TOO_MANY_IMPORTS', {
    detail: `${OPEN_IMPORTS_MAX} files of the centre wait already.`,
    headers: { 'Retry-After': '60' },
  });

export const fileTooLarge = (bytes: number): HttpProblem =>
  new HttpProblem(413, 'PAYLOAD_TOO_LARGE', `A file has at most ${bytes} bytes.`);

export const centreNeeded = (): HttpProblem =>
  new HttpProblem(422, 'CENTRE_REQUIRED', {
    detail: 'An operator names the centre: ?centre=…',
    errors: [{ path: 'centre', code: 'CENTRE_REQUIRED', detail: 'It is missing.' }],
  });

export const otherCentre = (): HttpProblem =>
  new HttpProblem(403, 'CENTRE_MISMATCH', 'The key is not of that centre.');
