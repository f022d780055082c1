/**
 * Express with a server that does not wait for ever.
 *
 * Units       milliseconds, bytes
 * Invariant   headers arrive within 10 s. A body has its own limits where it is read, since a stream
 *             of usage may last for hours; so there is no limit on a whole request here.
 * Source      reliability rows B13, S42
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { ExpressAdapter } from '@nestjs/platform-express';

const HEADERS_MS = 10_000;
const CHECK_MS = 1_000;
const KEEP_ALIVE_MS = 65_000;
const HEADER_BYTES_MAX = 16_384;

const STATUS_OF: Readonly<Record<string, readonly [string, string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'HEADERS_TOO_LARGE'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'REQUEST_TIMEOUT'],
};

/** Answers bytes that are no HTTP request: nothing of ours has seen them. */
const refuseBytes = (error: NodeJS.ErrnoException, socket: Duplex): void => {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [line, code] = STATUS_OF[error.code ?? ''] ?? ['400 Bad Request', 'MALFORMED_REQUEST'];
  const type = `urn:suanpan:problem:${code.toLowerCase().replaceAll('_', '-')}`;
  const status = Number(line.slice(0, 3));
  const body = JSON.stringify({ type, title: line.slice(4), status, code, detail: 'Not read.' });
  const head = [
    `HTTP/1.1 ${line}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
};

export class HttpAdapter extends ExpressAdapter {
  override initHttpServer(): void {
    const express = this.getInstance<(request: IncomingMessage) => void>();
    const options = {
      headersTimeout: HEADERS_MS,
      requestTimeout: 0,
      connectionsCheckingInterval: CHECK_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: HEADER_BYTES_MAX,
      noDelay: true,
    };
    const server: Server = createServer(options, express);
    server.on('clientError', refuseBytes);
    this.setHttpServer(server);
  }
}
