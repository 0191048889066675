import type { Handler } from '../broker.js';
import type { ApiName } from '../protocol/apis.js';
import { apiVersions } from './api-versions.js';
import { alterConfigs, describeConfigs } from './configs.js';
import { fetch } from './fetch.js';
import * as groups from './groups.js';
import { initProducerId } from './init-producer-id.js';
import { listOffsets } from './list-offsets.js';
import { metadata } from './metadata.js';
import { offsetCommit, offsetFetch } from './offsets.js';
import { produce } from './produce.js';
import { createPartitions, createTopics, deleteRecords, deleteTopics } from './topics.js';

export const HANDLERS: Record<ApiName, Handler> = {
  Produce: produce,
  Fetch: fetch,
  ListOffsets: listOffsets,
  Metadata: metadata,
  OffsetCommit: offsetCommit,
  OffsetFetch: offsetFetch,
  FindCoordinator: groups.findCoordinator,
  JoinGroup: groups.joinGroup,
  Heartbeat: groups.heartbeat,
  LeaveGroup: groups.leaveGroup,
  SyncGroup: groups.syncGroup,
  DescribeGroups: groups.describeGroups,
  ListGroups: groups.listGroups,
  ApiVersions: apiVersions,
  CreateTopics: createTopics,
  DeleteTopics: deleteTopics,
  DeleteRecords: deleteRecords,
  InitProducerId: initProducerId,
  DescribeConfigs: describeConfigs,
  AlterConfigs: alterConfigs,
  CreatePartitions: createPartitions,
  DeleteGroups: groups.deleteGroups,
};
