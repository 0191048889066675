import { afterAll, beforeAll, describe } from 'vitest';
import { describeIf } from '../../support/describe-if.js';
import type { BrokerTarget, RunningBroker } from './brokers.js';
import { cleaningCases } from './cases/cleaning.js';
import { fetchCases } from './cases/fetch.js';
import { groupCases } from './cases/groups.js';
import { kcatCases, kcatMissing } from './cases/kcat.js';
import { memberCases } from './cases/members.js';
import { produceCases } from './cases/produce.js';
import { protocolCases } from './cases/protocol.js';
import { recoveryCases } from './cases/recovery.js';
import { topicCases } from './cases/topics.js';
import { Context } from './context.js';

/** The same cases against every broker, a test file each: what holds of Apache Kafka holds of the local one. */
export function allCases(target: BrokerTarget): void {
  describeIf(target.missing === undefined, target.missing ?? '', target.name, () => {
    let broker: RunningBroker;
    let opened: Context;
    const context = () => opened;
    beforeAll(async () => {
      broker = await target.start();
      opened = await Context.open(broker);
    });
    afterAll(async () => {
      await opened?.close();
      await broker?.stop();
    });

    describe('protocol', () => protocolCases(context));
    describe('topics', () => topicCases(context));
    describe('produce', () => produceCases(context));
    describe('fetch and list offsets', () => fetchCases(context));
    describe('groups', () => groupCases(context));
    describe('members of a group', () => memberCases(context));
    describe('retention and compaction', () => cleaningCases(context));
    const noKcat = kcatMissing();
    describeIf(noKcat === undefined, noKcat ?? '', 'kcat', () => kcatCases(context));
    describeIf(target.canCrash, 'its files are out of reach', 'recovery', () => recoveryCases(() => broker));
  });
}
