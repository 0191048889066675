import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { AlertHistory } from './history/alert-history.js';
import type { AlertChanges, Alerts } from './http/answers.js';
import { ApiProblems, ApiQueries, answerSchema } from './http/open-api.js';
import { Parse } from './http/parse.pipe.js';
import { alertId, alertsFields, alertsQuery } from './http/queries.js';

@ApiTags('alerts')
@ApiProblems()
@Controller('v1/alerts')
export class AlertsController {
  constructor(@Inject(AlertHistory) private readonly history: AlertHistory) {}

  @Get()
  @ApiOperation({ summary: 'Alerts that were not over at some time of a range, each as it is now' })
  @ApiQueries(alertsFields)
  @ApiOkResponse({ schema: answerSchema('Alerts') })
  alerts(@Query(new Parse(alertsQuery)) query: z.infer<typeof alertsQuery>): Promise<z.infer<typeof Alerts>> {
    return this.history.alerts(query);
  }

  @Get(':alertId')
  @ApiOperation({ summary: 'Every change of one alert, with the evidence for it' })
  @ApiParam({ name: 'alertId', schema: { type: 'string', format: 'uuid' } })
  @ApiOkResponse({ schema: answerSchema('AlertChanges') })
  changes(@Param('alertId', new Parse(alertId, 'alertId')) id: string): Promise<z.infer<typeof AlertChanges>> {
    return this.history.changes(id);
  }
}
