/**
 * JSON logs, one line an entry, without payloads or secrets.
 *
 * Owns        the logger and Nest's view of it. What is worth a line is the caller's choice.
 * Invariant   an entry is one line whatever a sender put into an id; secrets are cut out.
 * Source      reliability rows S35 and S36
 */
import type { LoggerService } from '@nestjs/common';
import pino from 'pino';

export type Logger = pino.Logger;

const SECRET_KEYS = [
  'apiKey',
  'authorization',
  'body',
  'cookie',
  'password',
  'payload',
  'secret',
  'token',
  'value',
  'vaultKey',
];

/** What JSON leaves as it is though a terminal or a log viewer would obey it. */
const OBEYED = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

const asEscape = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Turns what could start a line or a terminal command into its JSON escape. */
export const encodeLine = (line: string): string => line.replace(OBEYED, asEscape);

export interface LoggerOptions {
  readonly service: string;
  readonly level?: string;
  /** Where lines go; the process's output when not given. */
  readonly write?: (line: string) => void;
}

/** A logger for one service; `LOG_LEVEL` sets what is worth a line. */
export const createLogger = ({ service, level, write }: LoggerOptions): Logger => {
  const output = write === undefined ? pino.destination({ fd: 1, sync: true }) : { write };
  return pino(
    {
      level: level ?? process.env['LOG_LEVEL'] ?? 'info',
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]),
        censor: '[cut]',
      },
    },
    { write: (line: string) => output.write(encodeLine(line)) },
  );
};

type Level = 'debug' | 'error' | 'fatal' | 'info' | 'trace' | 'warn';

/** Nest's own messages, through the same logger. */
export const nestLogger = (logger: Logger): LoggerService => {
  const at =
    (level: Level) =>
    (message: unknown, ...rest: readonly unknown[]): void => {
      const context = rest.filter((part) => typeof part === 'string').join(' ');
      const detail = message instanceof Error ? { err: message } : {};
      logger[level](
        { context, ...detail },
        message instanceof Error ? message.message : String(message),
      );
    };
  return {
    log: at('info'),
    error: at('error'),
    warn: at('warn'),
    debug: at('debug'),
    verbose: at('trace'),
    fatal: at('fatal'),
  };
};
