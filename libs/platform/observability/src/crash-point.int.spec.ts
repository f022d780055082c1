import { spawnSync } from 'node:child_process';
import { describe, expect, it, jest } from '@jest/globals';

jest.setTimeout(60_000);

const PROGRAM = `
import { crashPoint } from '@suanpan/platform-observability';
for (let pass = 1; pass <= 3; pass += 1) {
  crashPoint('other');
  crashPoint('here');
  process.stdout.write(pass + ' ');
}`;

const run = (crashAt: string) => {
  const { signal, stdout } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', PROGRAM],
    { env: { ...process.env, CRASH_AT: crashAt }, encoding: 'utf8' },
  );
  return { signal, stdout };
};

describe('crashPoint (R25)', () => {
  it.each([
    ['', null, '1 2 3 '],
    ['nowhere', null, '1 2 3 '],
    ['here', 'SIGKILL', ''],
    ['here#3', 'SIGKILL', '1 2 '],
  ])('CRASH_AT=%s ends the process with %s after "%s"', (crashAt, signal, stdout) => {
    expect(run(crashAt)).toEqual({ signal, stdout });
  });
});
