import { CLICKHOUSE_IMAGE, imageMissing, startClickhouseContainer } from '../../support/containers.js';
import { describeIf } from '../../support/describe-if.js';
import { httpCases } from './http-cases.js';

const reason = await imageMissing(CLICKHOUSE_IMAGE);
describeIf(reason === undefined, reason ?? '', 'the HTTP interface of a real ClickHouse', () =>
  httpCases(startClickhouseContainer),
);
