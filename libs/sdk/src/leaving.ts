/**
 * What happens when the process wants to end: what is recorded is sent first.
 *
 * Shape       `beforeExit` always; signals only where asked for. After the work the signal is given
 *             again, so that the process ends by it. A program that has a handler of its own calls
 *             `close()` there and asks for no signals here.
 */
export const flushWhenLeaving = (
  close: () => Promise<unknown>,
  signals: readonly NodeJS.Signals[],
): (() => void) => {
  const leave = (): void => {
    close().catch(() => undefined);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    const end = (): void => {
      process.kill(process.pid, signal);
    };
    close().then(end, end);
  };
  process.on('beforeExit', leave);
  for (const signal of signals) process.on(signal, onSignal);
  return () => {
    process.off('beforeExit', leave);
    for (const signal of signals) process.off(signal, onSignal);
  };
};
