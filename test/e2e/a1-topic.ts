/**
 * Scene A1 through the centre's own Kafka topic, written with the centre's own user.
 *
 * Invariant   a call's records share a key, so that c2 comes before its repeat and its conflict.
 * Source      docs/how-to-centre.md 10; docs/adr/0023-topic-of-a-centre.md
 */
import { attachStack, kafkaClient, openCentreTopic } from '@suanpan/local-stack';
import { centreUser, submittedSpec } from '@suanpan/messages';
import kafkajs from 'kafkajs';
import { allCalls, portions } from './a1-calls.js';
import { get, type Centre, type Told } from './a1-centre.js';
import { CENTRE, SOURCE } from './scene-a.js';
import { sql, until } from './world.js';

const RETRIES = 5;

/** Opens the topic as the operator does, and lets the service read it. */
const open = async ({ tenant }: Centre) => {
  const whose = { tenant: tenant.name, centre: CENTRE };
  const order = { topic: submittedSpec(whose), user: centreUser(whose), newPassword: false };
  const opened = await openCentreTopic(await attachStack(), order);
  await tenant.ingest.put(`/v1/centres/${CENTRE}/topic`, { sources: [SOURCE] });
  return opened;
};

const READ = `select sum(next_offset)::text as read from ingest.consumer_offset where topic = $1`;

/** How many records the service has taken from the topic for good. */
const taken = async (topic: string): Promise<number> => {
  const [row] = await sql<{ read: string | null }>(READ, [topic]);
  return Number(row?.read ?? 0);
};

export const offerTopic = async (centre: Centre): Promise<Told> => {
  const { brokers, topic, user, password } = await open(centre);
  const login = { brokers, username: user, password: password ?? '', ours: true };
  const producer = kafkaClient(login, RETRIES).producer({
    ...{ idempotent: false, allowAutoTopicCreation: false },
  });
  await producer.connect();
  try {
    for (const portion of portions) {
      const headers = { 'content-type': 'application/cloudevents+json' };
      const messages = portion.map(({ id, event }) => ({
        ...{ key: id, value: JSON.stringify(event), headers },
      }));
      await producer.send({ topic, compression: kafkajs.CompressionTypes.GZIP, messages });
    }
  } finally {
    await producer.disconnect();
  }
  // A topic gives no answer: what became of its records stands in the list of refused ones.
  const read = await until(`${allCalls.length} records to be taken from ${topic}`, async () => {
    const count = await taken(topic);
    return count >= allCalls.length ? count : null;
  });
  const { data } = (await until('the refused record to be listed', async () => {
    const page = (await get(centre, '/v1/refused')) as { readonly data: unknown[] };
    return page.data.length > 0 ? page : null;
  })) as { readonly data: readonly { readonly code: string }[] };
  return { accepted: read - data.length, refused: data.map(({ code }) => code) };
};
