/**
 * One of our services as a supervised process.
 *
 * Owns        readiness, restarts with growing pauses, and the end of the whole process tree.
 * Shape       output goes to logs/<name>.log of the home; `log` gets one line for each change.
 * Invariant   a service never outlives the launcher (guard.mjs), and never restarts without end:
 *             after attemptsMax ends within HEALTHY_MS of a start it stays down.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startGuarded, tailOf } from './guarded.js';
import type { Ending, Guarded, Order } from './guarded.js';
import { REPOSITORY, openHome } from './home.js';
import type { Log } from './problem.js';
import { signal } from './processes.js';
import { superviseService } from './supervisor.js';
import { waitUntil } from './waiting.js';

const READY_MS = 60_000;
const GRACE_MS = 15_000;
/** A run this long was healthy: the count of restarts begins anew. */
const HEALTHY_MS = 60_000;
const PAUSE_FIRST_MS = 500;
const PAUSE_MAX_MS = 10_000;

export interface ServiceSpec {
  readonly name: string;
  /** The program and its arguments. */
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly home?: string;
  readonly log?: Log;
  /** A URL that answers 2xx when the service can work. */
  readonly ready?: { readonly url: string; readonly limitMs?: number };
  /** How many times in a row it is started again; absent: never. */
  readonly restart?: { readonly attemptsMax: number };
  readonly onExit?: (ending: Ending, willRestart: boolean) => void;
}

export interface Service {
  readonly name: string;
  readonly logFile: string;
  /** The process that runs now; null between two runs. */
  pid(): number | null;
  restarts(): number;
  /** Signals the service itself, as a fault test does. */
  kill(name: NodeJS.Signals): void;
  /** Resolves when the run of this moment, or the next one, answers. */
  ready(): Promise<void>;
  /** Ends it for good. */
  stop(): Promise<void>;
}

/** The pause before the nth restart in a row (from 1). */
export const pauseBefore = (attempt: number): number =>
  Math.min(PAUSE_MAX_MS, PAUSE_FIRST_MS * 2 ** (attempt - 1));

const orderOf = (spec: ServiceSpec, logFile: string): Order => {
  const [command, ...args] = spec.command;
  return {
    name: spec.name,
    command,
    args,
    cwd: REPOSITORY,
    env: { PATH: process.env['PATH'] ?? '', TZ: 'UTC', ...spec.env },
    logFile,
    stopSignal: 'SIGTERM',
    graceMs: GRACE_MS,
  };
};

const answers = async (url: string): Promise<void> => {
  const response = await fetch(url, { signal: AbortSignal.timeout(3_000) });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
};

class SupervisedService implements Service {
  readonly name: string;
  readonly logFile: string;
  private readonly log: Log;
  private run: Guarded | null = null;
  private stopping = false;
  private attempts = 0;
  private total = 0;
  private down: (reason: string) => void = () => undefined;
  /** Settles when no restart follows any more. */
  private readonly over: Promise<string>;

  constructor(private readonly spec: ServiceSpec) {
    this.name = spec.name;
    this.logFile = join(openHome(spec.home).logs, `${spec.name}.log`);
    this.log = spec.log ?? (() => undefined);
    this.over = new Promise((resolve) => {
      this.down = resolve;
    });
  }

  pid(): number | null {
    return this.run?.server.pid ?? null;
  }

  restarts(): number {
    return this.total;
  }

  kill(name: NodeJS.Signals): void {
    if (this.run !== null) signal(this.run.server, name);
  }

  async ready(): Promise<void> {
    const { ready } = this.spec;
    if (ready === undefined) return;
    const limitMs = ready.limitMs ?? READY_MS;
    await waitUntil({ what: this.name, limitMs, unless: this.over }, () => answers(ready.url));
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.run?.stop();
    this.down('it was stopped');
  }

  async start(): Promise<void> {
    const run = await startGuarded(orderOf(this.spec, this.logFile));
    this.run = run;
    const begun = performance.now();
    void run.ended.then((ending) => this.afterEnd(ending, performance.now() - begun));
    // A stop that came while the process was being made found nothing to stop.
    if (this.stopping) await run.stop();
  }

  private async afterEnd(ending: Ending, ranMs: number): Promise<void> {
    this.run = null;
    if (ranMs > HEALTHY_MS) this.attempts = 0;
    this.attempts += 1;
    const willRestart = !this.stopping && this.attempts <= (this.spec.restart?.attemptsMax ?? 0);
    this.spec.onExit?.(ending, willRestart);
    if (this.stopping) return;
    const how = ending.signal ?? `code ${ending.code}`;
    if (!willRestart) {
      this.log(`${this.name} ended (${how}); its log is ${this.logFile}`);
      return this.down(`${how}\n${tailOf(this.logFile)}`);
    }
    const pauseMs = pauseBefore(this.attempts);
    this.log(`${this.name} ended (${how}); starting it again in ${pauseMs} ms`);
    await sleep(pauseMs);
    if (this.stopping) return;
    this.total += 1;
    await this.start().catch((error: unknown) => this.down(String(error)));
  }
}

/** Starts a service and waits until it is ready; throws with its last lines when it is not. */
export const startService = async (spec: ServiceSpec): Promise<Service> => {
  const service = new SupervisedService(spec);
  const begun = performance.now();
  const forget = superviseService(service);
  try {
    await service.start();
    await service.ready();
  } catch (error) {
    await service.stop();
    forget();
    throw error;
  }
  spec.log?.(`${spec.name} is ready (${Math.round(performance.now() - begun)} ms)`);
  return service;
};
