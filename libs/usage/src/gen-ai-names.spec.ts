import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { genAiAttributes, genAiNames } from './index.js';

const FILE = '../../../test/fixtures/otel/gen_ai_attributes.json';
const published = JSON.parse(readFileSync(join(import.meta.dirname, FILE), 'utf8')) as {
  readonly span_attributes: Readonly<Record<string, string>>;
  readonly deprecated: Readonly<Record<string, string>>;
};
const lists = Object.values(genAiNames) as readonly (readonly string[])[];

describe('the names of the GenAI conventions', () => {
  const counts = Object.keys(published.span_attributes).filter((name) =>
    name.startsWith('gen_ai.usage.'),
  );

  it.each(counts)('%s, a count of today, is the first of its list', (name) => {
    expect(lists.map(([today]) => today)).toContain(name);
  });

  it.each(Object.entries(published.deprecated))('%s stands behind %s', (old, today) => {
    const list = lists.find(([first]) => first === today);
    expect(list).toContain(old);
  });

  it('are read for who, what and which', () => {
    for (const name of ['operation.name', 'provider.name', 'request.model', 'response.model']) {
      expect(genAiAttributes).toContain(`gen_ai.${name}`);
    }
    expect(genAiAttributes).toContain('gen_ai.system');
  });
});
