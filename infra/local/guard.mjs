/**
 * Runs one server and stops it when the launcher that asked for it is gone, whatever ended it.
 *
 * Owns        one child process and its process group.
 * Shape       the launcher starts `node guard.mjs <name>` with an IPC channel and sends one order:
 *             {command, args, cwd, env, uid, gid, stopSignal, graceMs}. Answers: {started: pid},
 *             {failed: text}, {exited: {code, signal}}. {release: true} lets the server live on
 *             without the launcher, until the guard gets SIGTERM.
 * Invariant   a closed channel stops the server, unless it was released: kill -9 of the launcher
 *             cannot run a handler, but the operating system always closes its end.
 */
import { spawn } from 'node:child_process';

const ORDER_LIMIT_MS = 10_000;
let child;
let order;
let released = false;
let stopping = false;

const tell = (message) => {
  if (process.connected) process.send(message, () => undefined);
};

/** The whole process group: a server's own children go with it. */
const signalGroup = (signal) => {
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Gone already: its exit event follows.
  }
};

const stop = () => {
  if (stopping) return;
  stopping = true;
  if (child?.pid === undefined) process.exit(0);
  try {
    process.kill(child.pid, order.stopSignal);
  } catch {
    // Gone already.
  }
  setTimeout(() => signalGroup('SIGKILL'), order.graceMs);
};

const run = () => {
  const { command, args, cwd, env, uid, gid } = order;
  child = spawn(command, args, { cwd, env, uid, gid, detached: true, stdio: ['ignore', 1, 2] });
  child.once('error', (error) => {
    tell({ failed: error.message });
    process.exitCode = 1;
    process.disconnect?.();
  });
  child.once('spawn', () => tell({ started: child.pid }));
  child.once('exit', (code, signal) => {
    signalGroup('SIGKILL');
    tell({ exited: { code, signal } });
    setTimeout(() => process.exit(code ?? 1), 50);
  });
};

const impatience = setTimeout(() => process.exit(1), ORDER_LIMIT_MS);
process.on('message', (message) => {
  if (message.release === true) {
    released = true;
  } else if (message.stop === true) {
    stop();
  } else if (order === undefined) {
    clearTimeout(impatience);
    order = message;
    run();
  }
});
process.on('disconnect', () => {
  if (!released) stop();
});
process.on('SIGTERM', stop);
// Ctrl-C and a closed terminal are the launcher's business: it decides the order.
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);
