/**
 * One Redis: wake-ups and nothing else, so it may lose a second of writes (D12).
 *
 * Owns        its configuration, its command line, and the ping.
 * Source      reliability.md D12: AOF every second, noeviction
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Order } from './guarded.js';
import type { Home } from './home.js';
import { HOST } from './ports.js';
import type { RedisProgram } from './redis-programs.js';

export const REDIS_SETTINGS: Readonly<Record<string, string>> = {
  appendonly: 'yes',
  appendfsync: 'everysec',
  'maxmemory-policy': 'noeviction',
};

export interface RedisPlan {
  readonly home: Home;
  readonly program: RedisProgram;
  readonly port: number;
  readonly password: string;
}

export interface RedisSettings {
  readonly bind: string;
  readonly port: number;
  readonly password: string;
  readonly folder: string;
}

/** The text of redis.conf. */
export const redisConfiguration = ({ bind, port, password, folder }: RedisSettings): string =>
  Object.entries({
    ...REDIS_SETTINGS,
    bind,
    port: String(port),
    'protected-mode': 'yes',
    requirepass: password,
    dir: `"${folder}"`,
    daemonize: 'no',
    'tcp-keepalive': '60',
  })
    .map(([key, value]) => `${key} ${value}\n`)
    .join('');

/** Writes the configuration and gives what the guard runs. */
export const redisOrder = ({ home, program, port, password }: RedisPlan): Order => {
  mkdirSync(home.redis, { recursive: true });
  chmodSync(home.redis, 0o700);
  const file = join(home.redis, 'redis.conf');
  const settings = { bind: HOST, port, password, folder: home.redis };
  writeFileSync(file, redisConfiguration(settings), { mode: 0o600 });
  const libraries = program.libraries.join(':');
  return {
    name: 'redis',
    command: program.command,
    args: [file],
    cwd: home.redis,
    env: libraries === '' ? {} : { LD_LIBRARY_PATH: libraries },
    logFile: join(home.logs, 'redis.log'),
    stopSignal: 'SIGTERM',
    graceMs: 10_000,
  };
};

export const redisUrl = (port: number, password: string): string =>
  `redis://:${password}@${HOST}:${port}/0`;

const commandText = (parts: readonly string[]): string =>
  `*${parts.length}\r\n${parts.map((p) => `$${Buffer.byteLength(p)}\r\n${p}\r\n`).join('')}`;

/** Resolves when Redis answers PING, after AUTH when the URL has a password. */
export const pingRedis = (url: string, limitMs = 3_000): Promise<void> => {
  const { hostname, port, username, password } = new URL(url);
  const user = username === '' ? [] : [decodeURIComponent(username)];
  const auth = password === '' ? '' : commandText(['AUTH', ...user, decodeURIComponent(password)]);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port === '' ? 6379 : port) });
    let answer = '';
    const end = (error?: Error): void => {
      socket.destroy();
      if (error === undefined) resolve();
      else reject(error);
    };
    socket.setTimeout(limitMs, () => end(new Error('Redis does not answer')));
    socket.once('error', end);
    socket.once('close', () => end(new Error('Redis closed the connection')));
    socket.once('connect', () => socket.write(`${auth}${commandText(['PING'])}`));
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      if (answer.includes('+PONG\r\n')) end();
      else if (answer.includes('-')) end(new Error(answer.trim()));
    });
  });
};
