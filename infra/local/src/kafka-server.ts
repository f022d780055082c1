/**
 * Apache Kafka in KRaft mode, one or three brokers that are also the controllers.
 *
 * Owns        formatting the data folder with the first users, and the broker's command line.
 * Invariant   no password stands in a command line: they go through files that only we can read.
 */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Order } from './guarded.js';
import { LOCAL } from './home.js';
import type { Home } from './home.js';
import type { Java } from './java.js';
import { brokerProperties } from './kafka-properties.js';
import type { BrokerPlan } from './kafka-properties.js';
import { mustRun } from './tools.js';

const HEAP = ['-Xms256m', '-Xmx512m'];
/** A command that runs two seconds wants a quick start, not fast code. */
const TOOL_OPTIONS = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

export interface Kafka {
  readonly home: Home;
  readonly java: Java;
  readonly lib: string;
}

const folderOf = (home: Home, id: number): string => join(home.kafka, `broker-${id}`);
const propertiesFile = (home: Home, id: number): string =>
  join(folderOf(home, id), 'server.properties');

const quoted = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** A java command line as the text of an argument file: the main class and its arguments too. */
export const argumentFile = (lib: string, args: readonly string[]): string =>
  [...TOOL_OPTIONS, '-cp', join(lib, '*'), ...args].map(quoted).join('\n');

/** The command that formats a broker's folder and makes the first users. */
export const formatArguments = (
  properties: string,
  { clusterId, users }: Formatting,
): readonly string[] => [
  ...['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', properties],
  ...Object.entries(users).flatMap(([name, password]) => [
    '--add-scram',
    `SCRAM-SHA-512=[name=${name},password=${password}]`,
  ]),
];

/** Runs a main class of the jars; the whole command line stands in a file that only we can read. */
export const runKafkaTool = async (
  kafka: Kafka,
  tool: { readonly purpose: string; readonly args: readonly string[] },
): Promise<string> => {
  const file = join(kafka.home.kafka, `command-${process.pid}-${performance.now()}`);
  mkdirSync(kafka.home.kafka, { recursive: true, mode: 0o700 });
  writeFileSync(file, argumentFile(kafka.lib, tool.args), { mode: 0o600 });
  try {
    return await mustRun(tool.purpose, { command: kafka.java.command, args: [`@${file}`] });
  } finally {
    rmSync(file, { force: true });
  }
};

/** A broker's data folder; its log folder lies inside. */
export const dataFolderOf = (home: Home, id: number): string => join(folderOf(home, id), 'data');

export interface Formatting {
  readonly clusterId: string;
  /** The first users and their passwords. */
  readonly users: Readonly<Record<string, string>>;
}

const format = async (kafka: Kafka, plan: BrokerPlan, formatting: Formatting): Promise<void> => {
  // Under a temporary name: a folder that a kill left half formatted would never start.
  const temporary = { ...plan, dataFolder: `${plan.dataFolder}.tmp` };
  const file = join(folderOf(kafka.home, plan.id), 'format.properties');
  rmSync(temporary.dataFolder, { recursive: true, force: true });
  writeFileSync(file, brokerProperties(temporary), { mode: 0o600 });
  await runKafkaTool(kafka, {
    purpose: `Formatting the folder of broker ${plan.id}`,
    args: formatArguments(file, formatting),
  });
  renameSync(temporary.dataFolder, plan.dataFolder);
  rmSync(file);
};

/** Writes the broker's configuration and, on its first start, formats its folder. */
export const prepareBroker = async (
  kafka: Kafka,
  plan: BrokerPlan,
  formatting: Formatting,
): Promise<void> => {
  mkdirSync(folderOf(kafka.home, plan.id), { recursive: true, mode: 0o700 });
  writeFileSync(propertiesFile(kafka.home, plan.id), brokerProperties(plan), { mode: 0o600 });
  if (!existsSync(plan.dataFolder)) await format(kafka, plan, formatting);
};

/** What the guard runs for one broker. */
export const brokerOrder = (kafka: Kafka, id: number): Order => ({
  name: `kafka-${id}`,
  command: kafka.java.command,
  args: [
    ...HEAP,
    '-XX:+ExitOnOutOfMemoryError',
    '-Djava.awt.headless=true',
    `-Dlog4j2.configurationFile=${join(LOCAL, 'kafka', 'log4j2.xml')}`,
    ...['-cp', join(kafka.lib, '*'), 'kafka.Kafka', propertiesFile(kafka.home, id)],
  ],
  cwd: folderOf(kafka.home, id),
  env: { PATH: process.env['PATH'] ?? '', TZ: 'UTC' },
  logFile: join(kafka.home.logs, `kafka-${id}.log`),
  stopSignal: 'SIGTERM',
  graceMs: 20_000,
});
