import { Controller, Get, Headers, Inject, type OnApplicationShutdown, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { LOGGER, type Logger, metrics } from '#libs/platform';
import type { Response } from 'express';
import { Counter, Gauge } from 'prom-client';
import type { z } from 'zod';
import { ApiQueries } from '../http/open-api.js';
import { Parse } from '../http/parse.pipe.js';
import { ProblemError } from '../http/problem.js';
import { streamQuery } from '../http/queries.js';
import { API_SETTINGS, type ApiSettings } from '../settings.js';
import { EventHub } from './event-hub.js';
import { SseClient } from './sse-client.js';

const DESCRIPTION = `Server-sent events: every new estimate, as \`event: estimate\` with the same fields as in
/v1/subjects/{id}/estimates, and every change of an alert, as \`event: alert\` with those of /v1/alerts. They come from the
log, so one can arrive a moment before the store has it, and once more after a crash upstream: stream and window start
identify an estimate, alertId and sequence an alert.

A comment keeps the connection alive every 15 s. A client that reconnects with \`Last-Event-ID\` (browsers do) gets what
it missed while this process still keeps it, else one \`event: reset\`: then read the gap with /estimates. A client that
reads too slowly is disconnected and may do the same.`;

@ApiTags('live')
@Controller('v1/stream')
export class StreamController implements OnApplicationShutdown {
  private readonly open = new Set<Response>();
  private readonly slow = new Counter({
    name: 'eupnea_api_slow_stream_clients_total',
    help: 'Clients disconnected since they read events too slowly',
    registers: [metrics],
  });

  constructor(
    @Inject(EventHub) private readonly hub: EventHub,
    @Inject(API_SETTINGS) private readonly settings: ApiSettings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    new Gauge({
      name: 'eupnea_api_stream_clients',
      help: 'Clients that listen for events',
      registers: [metrics],
      collect() {
        this.set(hub.listening);
      },
    });
  }

  @Get()
  @ApiOperation({ summary: 'New estimates and alerts as they come', description: DESCRIPTION })
  @ApiQueries(streamQuery)
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Id of the last event that the client saw' })
  @ApiOkResponse({ description: 'Events', content: { 'text/event-stream': { schema: { type: 'string' } } } })
  stream(
    @Query(new Parse(streamQuery)) query: z.infer<typeof streamQuery>,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res() response: Response,
  ): void {
    if (this.hub.listening >= this.settings.API_MAX_STREAMS) {
      throw new ProblemError('TOO_MANY_STREAMS', `${this.hub.listening} clients listen already (API_MAX_STREAMS)`);
    }
    const client = new SseClient(response, query, () => {
      this.slow.inc();
      this.logger.warn('an event client read too slowly and was disconnected');
    });
    this.open.add(response);
    const end = this.hub.listen(client, lastEventId);
    response.once('close', () => {
      end();
      this.open.delete(response);
    });
  }

  /** Open connections would keep the server from closing. */
  onApplicationShutdown(): void {
    for (const response of this.open) response.end();
  }
}
