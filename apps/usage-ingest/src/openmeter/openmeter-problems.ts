/**
 * Problems as OpenMeter's clients read them: its SDK knows the media type only without a parameter,
 * and shows no detail of any other.
 */
import { Injectable } from '@nestjs/common';
import type { NestMiddleware } from '@nestjs/common';
import { contextOf } from '@suanpan/platform-http';
import type { ProblemForm } from '@suanpan/platform-http';
import type { NextFunction, Request, Response } from 'express';

const plainly: ProblemForm = (problem) => ({
  status: problem.status,
  contentType: 'application/problem+json',
  body: JSON.stringify(problem),
});

@Injectable()
export class OpenMeterProblems implements NestMiddleware {
  use(request: Request, _response: Response, next: NextFunction): void {
    contextOf(request).problemForm = plainly;
    next();
  }
}
