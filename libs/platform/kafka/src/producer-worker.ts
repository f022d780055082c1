/**
 * The thread that writes to the log for a busy door: kafkajs has it for itself.
 *
 * Shape       started by ./threaded-producer with ThreadSettings; Orders in, Answers out.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { createLogger } from '@suanpan/platform-observability';
import { createKafka } from './client.js';
import { LogProducer } from './log-producer.js';
import { unpackRecords } from './packed-records.js';
import { toFault } from './thread-protocol.js';
import type { Answer, Order, ThreadSettings } from './thread-protocol.js';

const { prefix, clientId, service } = workerData as ThreadSettings;
const logger = createLogger({ service });
const producer = new LogProducer({ kafka: createKafka(process.env, { clientId, logger }), prefix });

const carryOut = (order: Order): Promise<void> => {
  switch (order.type) {
    case 'connect':
      return producer.connect();
    case 'disconnect':
      return producer.disconnect();
    case 'send':
      return producer.send(order.topic, unpackRecords(order.packed));
  }
};

const answer = (said: Answer): void => parentPort?.postMessage(said);

parentPort?.on('message', (order: Order) => {
  carryOut(order).then(
    () => answer({ order: order.order, fault: null }),
    (error: unknown) => answer({ order: order.order, fault: toFault(error) }),
  );
});
