/** A centre's process that uses the built SDK; see centre-program.mjs. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { until } from '@suanpan/platform-testing';

export interface SendingOptions {
  readonly url: string;
  readonly apiKey: string;
  readonly journal: string;
  readonly from?: number;
  readonly to?: number;
  readonly time?: string;
  readonly then?: 'close' | 'end' | 'stream' | 'wait';
  readonly signals?: readonly string[];
  readonly lockMs?: number;
}

const PROGRAM = fileURLToPath(new URL('centre-program.mjs', import.meta.url));

export class SendingProcess {
  readonly #child: ChildProcess;
  #output = '';
  #errors = '';

  constructor(options: SendingOptions) {
    this.#child = spawn(process.execPath, [PROGRAM, JSON.stringify(options)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.on('data', (piece: Buffer) => (this.#output += piece.toString()));
    this.#child.stderr?.on('data', (piece: Buffer) => (this.#errors += piece.toString()));
  }

  get lines(): readonly string[] {
    return this.#output.split('\n').filter((line) => line !== '');
  }

  get errors(): string {
    return this.#errors;
  }

  /** The last number that was said to be on disk; -1 for none. */
  get lastNumber(): number {
    return Math.max(-1, ...this.lines.filter((line) => /^\d+$/.test(line)).map(Number));
  }

  async said(line: string): Promise<void> {
    await until(`the process says ${line}`, () => {
      if (this.lines.includes(line)) return true;
      if (this.#child.exitCode !== null) throw new Error(`It ended: ${this.#errors}`);
      return undefined;
    });
  }

  async untilNumber(number: number): Promise<void> {
    await until(`number ${number} is on disk`, () => {
      if (this.lastNumber >= number) return true;
      if (this.#child.exitCode !== null) throw new Error(`It ended: ${this.#errors}`);
      return undefined;
    });
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill(signal);
    await ended;
  }

  /** Its exit code, or the signal that ended it. */
  async end(): Promise<number | string | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      await once(this.#child, 'exit');
    }
    return this.#child.exitCode ?? this.#child.signalCode;
  }
}
