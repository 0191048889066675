/**
 * The requests this broker answers and the versions it advertises: the fewest that serve kafkajs 2.2.4 and librdkafka.
 * (Produce is advertised from 0, since librdkafka otherwise turns compression off; below 3 it is refused by partition.)
 */
export const APIS = {
  Produce: { key: 0, minVersion: 0, maxVersion: 7 },
  Fetch: { key: 1, minVersion: 4, maxVersion: 11 },
  ListOffsets: { key: 2, minVersion: 1, maxVersion: 3 },
  Metadata: { key: 3, minVersion: 1, maxVersion: 6 },
  OffsetCommit: { key: 8, minVersion: 2, maxVersion: 7 },
  OffsetFetch: { key: 9, minVersion: 1, maxVersion: 4 },
  FindCoordinator: { key: 10, minVersion: 0, maxVersion: 2 },
  JoinGroup: { key: 11, minVersion: 0, maxVersion: 5 },
  Heartbeat: { key: 12, minVersion: 0, maxVersion: 3 },
  LeaveGroup: { key: 13, minVersion: 0, maxVersion: 3 },
  SyncGroup: { key: 14, minVersion: 0, maxVersion: 3 },
  DescribeGroups: { key: 15, minVersion: 0, maxVersion: 4 },
  ListGroups: { key: 16, minVersion: 0, maxVersion: 2 },
  ApiVersions: { key: 18, minVersion: 0, maxVersion: 3 },
  CreateTopics: { key: 19, minVersion: 0, maxVersion: 4 },
  DeleteTopics: { key: 20, minVersion: 0, maxVersion: 3 },
  DeleteRecords: { key: 21, minVersion: 0, maxVersion: 1 },
  InitProducerId: { key: 22, minVersion: 0, maxVersion: 1 },
  DescribeConfigs: { key: 32, minVersion: 0, maxVersion: 2 },
  AlterConfigs: { key: 33, minVersion: 0, maxVersion: 1 },
  CreatePartitions: { key: 37, minVersion: 0, maxVersion: 1 },
  DeleteGroups: { key: 42, minVersion: 0, maxVersion: 1 },
} as const;

export type ApiName = keyof typeof APIS;

const BY_KEY = new Map<number, ApiName>((Object.keys(APIS) as ApiName[]).map((name) => [APIS[name].key, name]));

export const apiNameOf = (key: number): ApiName | undefined => BY_KEY.get(key);

export function supports(name: ApiName, version: number): boolean {
  return version >= APIS[name].minVersion && version <= APIS[name].maxVersion;
}
