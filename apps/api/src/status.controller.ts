import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { BreathHistory } from './history/breath-history.js';
import type { Status } from './http/answers.js';
import { answerSchema } from './http/open-api.js';
import { LiveFigures } from './live/live-figures.js';

@ApiTags('live')
@Controller('v1/status')
export class StatusController {
  constructor(
    @Inject(LiveFigures) private readonly live: LiveFigures,
    @Inject(BreathHistory) private readonly history: BreathHistory,
  ) {}

  @Get()
  @ApiOperation({ summary: 'How the running system does; answers while the store is away, too' })
  @ApiOkResponse({ schema: answerSchema('Status') })
  async status(): Promise<z.infer<typeof Status>> {
    return { investigational: true, ...this.live.figures(), ...(await this.history.totals()) };
  }
}
