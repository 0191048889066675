import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { BreathHistory } from './history/breath-history.js';
import { AlertHistory } from './history/alert-history.js';
import type { DayTrend, Episodes, Estimates, MinuteTrend, Rates, Subjects } from './http/answers.js';
import { ApiProblems, ApiQueries, answerSchema } from './http/open-api.js';
import { Parse } from './http/parse.pipe.js';
import {
  daysFields,
  daysQuery,
  episodesFields,
  episodesQuery,
  estimatesFields,
  estimatesQuery,
  minutesFields,
  minutesQuery,
  subjectId,
  subjectsQuery,
} from './http/queries.js';

const SubjectParam = () => ApiParam({ name: 'subjectId', schema: { type: 'string' }, description: 'A pseudonym' });

@ApiTags('history')
@ApiProblems()
@Controller('v1/subjects')
export class SubjectsController {
  constructor(
    @Inject(BreathHistory) private readonly history: BreathHistory,
    @Inject(AlertHistory) private readonly told: AlertHistory,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Subjects of whom windows are stored, in order of their ids' })
  @ApiQueries(subjectsQuery)
  @ApiOkResponse({ schema: answerSchema('Subjects') })
  subjects(@Query(new Parse(subjectsQuery)) query: z.infer<typeof subjectsQuery>): Promise<z.infer<typeof Subjects>> {
    return this.history.subjects(query);
  }

  @Get(':subjectId/estimates')
  @ApiOperation({ summary: 'Estimates of a range of time, one per window' })
  @SubjectParam()
  @ApiQueries(estimatesFields)
  @ApiOkResponse({ schema: answerSchema('Estimates') })
  estimates(
    @Param('subjectId', new Parse(subjectId, 'subjectId')) subject: string,
    @Query(new Parse(estimatesQuery)) query: z.infer<typeof estimatesQuery>,
  ): Promise<z.infer<typeof Estimates>> {
    return this.history.estimates(subject, query);
  }

  @Get(':subjectId/trends/minutes')
  @ApiOperation({ summary: 'Rate and coverage of each minute' })
  @SubjectParam()
  @ApiQueries(minutesFields)
  @ApiOkResponse({ schema: answerSchema('MinuteTrend') })
  minutes(
    @Param('subjectId', new Parse(subjectId, 'subjectId')) subject: string,
    @Query(new Parse(minutesQuery)) query: z.infer<typeof minutesQuery>,
  ): Promise<z.infer<typeof MinuteTrend>> {
    return this.history.minutes(subject, query);
  }

  @Get(':subjectId/trends/days')
  @ApiOperation({ summary: 'Rate and coverage of each local day' })
  @SubjectParam()
  @ApiQueries(daysFields)
  @ApiOkResponse({ schema: answerSchema('DayTrend') })
  days(
    @Param('subjectId', new Parse(subjectId, 'subjectId')) subject: string,
    @Query(new Parse(daysQuery)) query: z.infer<typeof daysQuery>,
  ): Promise<z.infer<typeof DayTrend>> {
    return this.history.days(subject, query);
  }

  @Get(':subjectId/rates')
  @ApiOperation({ summary: 'Pooled rate of each span of 60 s, with its interval and coverage, as the rules saw it' })
  @SubjectParam()
  @ApiQueries(minutesFields)
  @ApiOkResponse({ schema: answerSchema('Rates') })
  rates(
    @Param('subjectId', new Parse(subjectId, 'subjectId')) subject: string,
    @Query(new Parse(minutesQuery)) query: z.infer<typeof minutesQuery>,
  ): Promise<z.infer<typeof Rates>> {
    return this.told.rates(subject, query);
  }

  @Get(':subjectId/episodes')
  @ApiOperation({ summary: 'Episodes of heavy breathing' })
  @SubjectParam()
  @ApiQueries(episodesFields)
  @ApiOkResponse({ schema: answerSchema('Episodes') })
  episodes(
    @Param('subjectId', new Parse(subjectId, 'subjectId')) subject: string,
    @Query(new Parse(episodesQuery)) query: z.infer<typeof episodesQuery>,
  ): Promise<z.infer<typeof Episodes>> {
    return this.told.episodes(subject, query);
  }
}
