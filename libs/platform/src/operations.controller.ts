import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Health } from './health.js';
import { metrics } from './metrics.js';

/** What operators and orchestrators ask every service. */
@Controller()
export class OperationsController {
  constructor(@Inject(Health) private readonly health: Health) {}

  @Get('health/live')
  live(@Res() response: Response): void {
    this.answer('live', response);
  }

  @Get('health/ready')
  ready(@Res() response: Response): void {
    this.answer('ready', response);
  }

  @Get('metrics')
  async metrics(@Res() response: Response): Promise<void> {
    response.type(metrics.contentType).send(await metrics.metrics());
  }

  private answer(kind: 'live' | 'ready', response: Response): void {
    const report = this.health.report(kind);
    response.status(report.ok ? 200 : 503).json(report);
  }
}
