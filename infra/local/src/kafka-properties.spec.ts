import { describe, expect, it } from '@jest/globals';
import { brokerProperties } from './kafka-properties.js';

const ports = [1, 2, 3].map((n) => ({
  client: 9091 + n,
  internal: 19091 + n,
  controller: 29091 + n,
}));

const propertiesOf = (id: number, count: number): Record<string, string> => {
  const text = brokerProperties({
    id,
    brokers: ports.slice(0, count),
    dataFolder: '/data',
    brokerPassword: 'secret',
  });
  const pairs = text.trimEnd().split('\n');
  return Object.fromEntries(
    pairs.map((pair) => [pair.replace(/=.*/, ''), pair.replace(/^[^=]*=/, '')]),
  );
};

describe('the broker’s configuration', () => {
  it('binds every listener to the loopback address', () => {
    expect(propertiesOf(1, 1)['listeners']).toBe(
      'CLIENT://127.0.0.1:9092,INTERNAL://127.0.0.1:19092,CONTROLLER://127.0.0.1:29092',
    );
  });

  it('R21 has two listeners for clients and brokers, and none without SASL', () => {
    const { 'listener.security.protocol.map': map = '' } = propertiesOf(1, 1);
    expect(map.split(',').map((entry) => entry.split(':')[1])).toEqual([
      'SASL_PLAINTEXT',
      'SASL_PLAINTEXT',
      'SASL_PLAINTEXT',
    ]);
  });

  it('R21 denies what no ACL allows, and nobody anonymous is a superuser', () => {
    const properties = propertiesOf(1, 1);
    expect(properties['allow.everyone.if.no.acl.found']).toBe('false');
    expect(properties['super.users']).toBe('User:admin;User:broker');
  });

  it('makes no topic by itself and stamps records with the broker’s clock', () => {
    const properties = propertiesOf(1, 1);
    expect(properties['auto.create.topics.enable']).toBe('false');
    expect(properties['log.message.timestamp.type']).toBe('LogAppendTime');
  });

  it('keeps one copy on one broker', () => {
    const properties = propertiesOf(1, 1);
    expect(properties['default.replication.factor']).toBe('1');
    expect(properties['min.insync.replicas']).toBe('1');
  });

  it('R21 keeps three copies on three brokers, two of which must have a record', () => {
    const properties = propertiesOf(2, 3);
    expect(properties['default.replication.factor']).toBe('3');
    expect(properties['offsets.topic.replication.factor']).toBe('3');
    expect(properties['min.insync.replicas']).toBe('2');
    expect(properties['listeners']).toContain('CLIENT://127.0.0.1:9093');
    expect(properties['controller.quorum.voters']).toBe(
      '1@127.0.0.1:29092,2@127.0.0.1:29093,3@127.0.0.1:29094',
    );
  });
});
