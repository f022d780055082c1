import { describe, expect, it } from '@jest/globals';
import { topics } from '@suanpan/messages';
import kafkajs from 'kafkajs';
import { GRANTS, KAFKA_USERS, aclsOf } from './kafka-access.js';

const writersOf = (topic: string): readonly string[] =>
  GRANTS.filter(({ writes }) => writes.includes(topic)).map(({ user }) => user);

describe('the table of grants', () => {
  it.each(topics.map(({ name, writer, redriver }) => [name, writer, redriver] as const))(
    'S46 %s is written by %s and nobody else',
    (topic, writer, redriver) => {
      const writers = writersOf(topic);
      // Its writer comes with a later issue, or it belongs to every service.
      const known = GRANTS.some(({ user }) => user === writer);
      const wanted = redriver === undefined ? [writer] : [writer, redriver];
      if (known) expect(writers).toEqual(wanted);
      else expect(topic === 'chain.head' || writers.length === 0).toBe(true);
    },
  );

  it('names only topics that are declared', () => {
    const declared = new Set(topics.map(({ name }) => name));
    const named = GRANTS.flatMap(({ reads, writes }) => [...reads, ...writes]);
    expect(named.filter((name) => name !== '*' && !declared.has(name))).toEqual([]);
  });

  it('lets every service write its chain head', () => {
    const services = GRANTS.map(({ user }) => user).filter((user) => user !== 'auditor');
    expect(writersOf('chain.head')).toEqual(services);
  });

  it('gives the auditor nothing to write', () => {
    const auditor = GRANTS.filter(({ user }) => user === 'auditor').flatMap(aclsOf);
    const { WRITE, CREATE, ALTER, DELETE, ALL } = kafkajs.AclOperationTypes;
    const changing = [WRITE, CREATE, ALTER, DELETE, ALL];
    expect(auditor.filter(({ operation }) => changing.includes(operation))).toEqual([]);
  });

  it('gives each service a group prefix of its own', () => {
    const prefixes = GRANTS.map(({ groupPrefix }) => groupPrefix);
    const clash = prefixes.filter((a) => prefixes.some((b) => a !== b && b.startsWith(a)));
    expect(clash).toEqual([]);
  });

  it('grants only to users that exist', () => {
    expect(GRANTS.every(({ user }) => KAFKA_USERS.some((known) => known === user))).toBe(true);
  });
});
