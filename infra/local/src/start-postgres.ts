/**
 * PostgreSQL's start: the given server, else one of our own.
 *
 * Owns        the order of finding, making and starting it.
 */
import { tailOf } from './guarded.js';
import { HOST, USUAL_PORTS } from './ports.js';
import { findPostgres } from './postgres-programs.js';
import { pingPostgres, superuserUrl } from './postgres-client.js';
import {
  dataFolderOf,
  postgresFolder,
  postgresOrder,
  preparePostgres,
  serverUser,
} from './postgres-server.js';
import { join } from 'node:path';
import type { Starting } from './starting.js';
import { passwordOf } from './state.js';
import { waitUntil } from './waiting.js';

/** Long enough for the recovery after a kill with a full 4 GB of WAL. */
const READY_MS = 120_000;

const useGiven = async ({ state, log }: Starting, url: string): Promise<void> => {
  await waitUntil({ what: 'PostgreSQL at DATABASE_URL', limitMs: 15_000 }, () => pingPostgres(url));
  state.postgresUrl = url;
  log(`PostgreSQL: given server ${new URL(url).host}`);
};

/** Starts PostgreSQL and waits until it answers. */
export const startPostgres = async (starting: Starting): Promise<void> => {
  const { home, state, log, launch } = starting;
  const url = process.env['DATABASE_URL'];
  if (url !== undefined && url !== '') return useGiven(starting, url);
  const user = serverUser();
  const folder = postgresFolder(home, user, log);
  state.postgresFolder = folder;
  const programs = await findPostgres({
    dataFolder: dataFolderOf(folder),
    packageFolder: join(folder === home.root ? home.packages : folder, 'postgres-17'),
    log,
  });
  const port = await starting.port('postgres', USUAL_PORTS.postgres);
  const password = passwordOf(state, 'postgres.superuser');
  log(`${programs.from}${user === undefined ? '' : ` as user ${user.name}`} …`);
  const begun = performance.now();
  const plan = { home, folder, programs, user, port, password };
  await preparePostgres(plan);
  const guarded = await launch(postgresOrder(plan));
  const address = superuserUrl(port, password);
  const unless = guarded.ended.then(() => `\n${tailOf(join(home.logs, 'postgres.log'))}`);
  await waitUntil({ what: 'PostgreSQL', limitMs: READY_MS, unless }, () => pingPostgres(address));
  state.postgresUrl = address;
  log(`PostgreSQL answers at ${HOST}:${port} (${Math.round(performance.now() - begun)} ms)`);
};
