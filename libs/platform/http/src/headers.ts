/**
 * Headers that every answer carries. There is no CORS: a browser of another origin reads nothing.
 *
 * Source      reliability rows S34, S42; OWASP secure headers
 */
import type { NextFunction, Request, Response } from 'express';

const API = "default-src 'none'; frame-ancestors 'none'";
/** The documentation page brings its own scripts and has two inline styles. */
const DOCS =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
  "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";

export const securityHeaders = (request: Request, response: Response, next: NextFunction): void => {
  const docs = request.path === '/docs' || request.path.startsWith('/docs/');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Content-Security-Policy', docs ? DOCS : API);
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  response.setHeader('Cache-Control', 'no-store');
  next();
};
