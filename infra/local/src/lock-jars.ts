/**
 * `node infra/local/dist/lock-jars.js`: writes jars.sha256 anew after a change of pom.xml.
 *
 * Owns        the committed checksums. Read the difference before it is committed.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LOCAL, openHome } from './home.js';
import { findJava } from './java.js';
import { resolveJars } from './kafka-jars.js';

const folder = mkdtempSync(join(tmpdir(), 'suanpan-jars-'));
try {
  const lib = await resolveJars(folder, await findJava(openHome(), console.log));
  const lines = readdirSync(lib)
    .sort()
    .map((name) => {
      const sum = createHash('sha256')
        .update(readFileSync(join(lib, name)))
        .digest('hex');
      return `${sum}  ${name}\n`;
    });
  writeFileSync(join(LOCAL, 'kafka', 'jars.sha256'), lines.join(''));
  console.log(`${lines.length} jars written to infra/local/kafka/jars.sha256`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
