/**
 * The thread that writes to the log for a busy door: kafkajs has it for itself.
 *
 * Shape       started by ./threaded-producer with ThreadSettings.
 */
import { workerData } from 'node:worker_threads';
import { createLogger } from '@suanpan/platform-observability';
import { createKafka } from './client.js';
import { LogProducer } from './log-producer.js';
import { unpackRecords } from './packed-records.js';
import { serve } from './thread-protocol.js';
import type { ProducerOrder, ThreadSettings } from './threaded-producer.js';

const { prefix, clientId, service } = workerData as ThreadSettings;
const logger = createLogger({ service });
const producer = new LogProducer({ kafka: createKafka(process.env, { clientId, logger }), prefix });

serve((order: ProducerOrder): Promise<void> => {
  switch (order.type) {
    case 'connect':
      return producer.connect();
    case 'disconnect':
      return producer.disconnect();
    case 'send':
      return producer.send(order.topic, unpackRecords(order.packed));
  }
});
