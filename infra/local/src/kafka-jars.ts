/**
 * The broker's jars: a pinned Maven pom, resolved by the machine's Maven as it is set up.
 *
 * Owns        fetching them once and checking each against the committed checksums.
 * Source      infra/local/kafka/pom.xml, infra/local/kafka/jars.sha256
 */
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkFolder, fetchOnce, parseChecksums } from './fetch.js';
import { LOCAL } from './home.js';
import type { Home } from './home.js';
import type { Java } from './java.js';
import { StackProblem } from './problem.js';
import type { Log } from './problem.js';
import { mustRun, onPath } from './tools.js';

export const KAFKA_VERSION = '4.3.1';
const POM = join(LOCAL, 'kafka', 'pom.xml');
const CHECKSUMS = join(LOCAL, 'kafka', 'jars.sha256');

/** Resolves the pom into `folder`/lib. */
export const resolveJars = async (folder: string, java: Java): Promise<string> => {
  const maven = onPath('mvn');
  if (maven === null) {
    throw new StackProblem(
      'Maven is needed to fetch Apache Kafka: install it (Debian: apt-get install maven), ' +
        'or give a running broker in KAFKA_BROKERS.',
    );
  }
  // The goal writes beside the pom: it gets a copy.
  mkdirSync(folder, { recursive: true });
  copyFileSync(POM, join(folder, 'pom.xml'));
  const lib = join(folder, 'lib');
  await mustRun('Fetching Apache Kafka with Maven', {
    command: maven,
    args: [
      ...['--batch-mode', '--no-transfer-progress', '--strict-checksums'],
      ...['-f', join(folder, 'pom.xml'), 'dependency:copy-dependencies'],
      ...[`-DoutputDirectory=${lib}`, '-DincludeScope=runtime'],
    ],
    env: java.home === undefined ? process.env : { ...process.env, JAVA_HOME: java.home },
  });
  return lib;
};

/** The folder of the jars, fetched and checked when it is not there yet. */
export const kafkaJars = async (home: Home, java: Java, log: Log): Promise<string> => {
  const folder = join(home.packages, `kafka-${KAFKA_VERSION}`);
  await fetchOnce(
    { what: `Apache Kafka ${KAFKA_VERSION} (Maven)`, folder, log },
    async (temporary) => {
      checkFolder(
        await resolveJars(temporary, java),
        parseChecksums(readFileSync(CHECKSUMS, 'utf8')),
      );
    },
  );
  return join(folder, 'lib');
};
