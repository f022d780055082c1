/**
 * The routes that run a service and belong to no tenant: health, metrics, the API's description.
 *
 * Shape       plain Express routes, before Nest's, without a key. Meant for an inner network.
 */
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { Health } from '@suanpan/platform-observability';
import { renderMetrics } from '@suanpan/platform-observability';
import type { Express } from 'express';

export interface OperationsOptions {
  readonly title: string;
  readonly version: string;
  readonly health: Health;
}

const addHealth = (express: Express, health: Health): void => {
  express.get('/health/live', (_request, response) => {
    response.json({ status: 'live' });
  });
  express.get('/health/ready', (_request, response) => {
    const { ready, parts } = health.snapshot();
    response.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'not ready', parts });
  });
};

const addMetrics = (express: Express): void => {
  express.get('/metrics', async (_request, response) => {
    const { contentType, body } = await renderMetrics();
    response.setHeader('Content-Type', contentType);
    response.end(body);
  });
};

const problemSchema = {
  type: 'object' as const,
  required: ['type', 'title', 'status', 'code', 'detail', 'instance', 'requestId'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', description: 'Stable; programs decide by it.' },
    detail: { type: 'string' },
    instance: { type: 'string' },
    requestId: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['path', 'code', 'detail'],
        properties: {
          path: { type: 'string' },
          code: { type: 'string' },
          detail: { type: 'string' },
        },
      },
    },
  },
};

/** The OpenAPI description of all routes, with the shape of every refusal. */
export const describeApi = (app: INestApplication, options: OperationsOptions): OpenAPIObject => {
  const config = new DocumentBuilder()
    .setTitle(options.title)
    .setVersion(options.version)
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'sp_<prefix>_<secret>' })
    .addSecurityRequirements('bearer')
    .addGlobalResponse({
      status: 'default' as unknown as number,
      description: 'Refused: RFC 9457 problem.',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    })
    .build();
  const document = SwaggerModule.createDocument(app, config);
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: problemSchema },
  };
  return document;
};

/** Adds all of them; the description is made at its first reading. */
export const addOperations = (app: INestApplication, options: OperationsOptions): void => {
  const express = app.getHttpAdapter().getInstance() as Express;
  addHealth(express, options.health);
  addMetrics(express);
  SwaggerModule.setup('docs', app, () => describeApi(app, options), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
  });
};
