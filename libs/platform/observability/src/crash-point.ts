/**
 * Named places at which a test can kill the process, between two steps that others can see.
 *
 * Shape       CRASH_AT=name kills at the first pass, CRASH_AT=name#3 at the third of one thread.
 * Invariant   without CRASH_AT this costs one comparison and does nothing.
 * Source      design ruling R25; docs/architecture.md 2
 */
let passes = 0;

const target = (): { readonly name: string; readonly pass: number } | undefined => {
  const wanted = process.env['CRASH_AT'];
  if (wanted === undefined || wanted === '') return undefined;
  const [name = '', pass = '1'] = wanted.split('#');
  return { name, pass: Number(pass) };
};

const wanted = target();

/** Kills this process with SIGKILL when `CRASH_AT` names this point and this pass. */
export const crashPoint = (name: string): void => {
  if (wanted?.name !== name) return;
  passes += 1;
  if (passes === wanted.pass) process.kill(process.pid, 'SIGKILL');
};
