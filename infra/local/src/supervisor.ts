/**
 * Stops everything in order when this process is asked to end.
 *
 * Owns        the order (services before servers) and the signal handlers of the launcher.
 * Invariant   the guards already end everything when this process dies; the handlers only make it
 *             orderly, and let Ctrl-C return when nothing runs any more.
 */
import { constants } from 'node:os';

const ORPHAN_CHECK_MS = 1_000;

export interface Stoppable {
  readonly name: string;
  stop(): Promise<void>;
}

const services = new Set<Stoppable>();
const servers = new Set<Stoppable>();
const hooks = new Set<() => Promise<void> | void>();

export const superviseService = (service: Stoppable): (() => void) => {
  services.add(service);
  return () => services.delete(service);
};

export const superviseServer = (server: Stoppable): (() => void) => {
  servers.add(server);
  return () => servers.delete(server);
};

/** Runs before the services are stopped, on a signal or on `stopEverything`. */
export const onShutdown = (hook: () => Promise<void> | void): void => {
  hooks.add(hook);
};

const stopAll = async (group: Set<Stoppable>): Promise<void> => {
  const stopping = [...group].map(async (one) => {
    await one.stop();
    group.delete(one);
  });
  await Promise.allSettled(stopping);
};

let ending: Promise<void> | undefined;

/** Stops all services, then all servers that this process started. */
export const stopEverything = (): Promise<void> => {
  ending ??= (async () => {
    await Promise.allSettled([...hooks].map(async (hook) => hook()));
    await stopAll(services);
    await stopAll(servers);
  })().finally(() => {
    ending = undefined;
  });
  return ending;
};

let handling = false;

const endBy = (signal: NodeJS.Signals): void => {
  void stopEverything().then(() => process.exit(128 + constants.signals[signal]));
};

/** Under npm, a killed npm leaves us to another parent: that ends us as a closed terminal does. */
const watchParent = (): void => {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    endBy('SIGHUP');
  }, ORPHAN_CHECK_MS);
  timer.unref();
};

/** Ctrl-C, a kill and a closed terminal stop everything first. A second Ctrl-C changes nothing. */
export const handleSignals = (): void => {
  if (handling) return;
  handling = true;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => endBy(signal));
  }
  watchParent();
};
