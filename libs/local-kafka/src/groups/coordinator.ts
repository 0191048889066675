import type { Logger } from '#libs/platform';
import { ErrorCode } from '../protocol/error-codes.js';
import type { CommittedOffsets, OffsetCommit } from './committed-offsets.js';
import { Group } from './group.js';
import { type Identity, type JoinAnswer, type JoinRequest, type SyncAnswer } from './member.js';
import { refusedJoin, refusedSync } from './member.js';

/** Apache Kafka's limits on what a member may ask for. */
const SHORTEST_SESSION_MS = 6_000;
const LONGEST_SESSION_MS = 1_800_000;
const LONGEST_METADATA_BYTES = 4_096;

/** All groups of the broker, with the offsets that they committed. Memberships end with the process, offsets do not. */
export class GroupCoordinator {
  private readonly groups = new Map<string, Group>();
  /** By group with offsets: when it last had a member or committed, as far as this process has seen. */
  private readonly lastActiveMs = new Map<string, number>();
  private readonly startedAtMs = Date.now();

  constructor(
    readonly offsets: CommittedOffsets,
    private readonly offsetRetentionMs: number,
    private readonly logger: Logger,
  ) {}

  join(groupId: string, request: JoinRequest): Promise<JoinAnswer> | JoinAnswer {
    if (groupId === '') return refusedJoin(ErrorCode.INVALID_GROUP_ID, request.memberId);
    if (request.sessionTimeoutMs < SHORTEST_SESSION_MS || request.sessionTimeoutMs > LONGEST_SESSION_MS) {
      return refusedJoin(ErrorCode.INVALID_SESSION_TIMEOUT, request.memberId);
    }
    let group = this.groups.get(groupId);
    if (group === undefined) {
      if (request.memberId !== '') return refusedJoin(ErrorCode.UNKNOWN_MEMBER_ID, request.memberId);
      group = new Group(groupId, (event, message) => this.logger.debug(event, message));
      this.groups.set(groupId, group);
    }
    return group.join(request);
  }

  sync(groupId: string, who: Identity, assignments: ReadonlyMap<string, Buffer>) {
    const answer: Promise<SyncAnswer> | SyncAnswer | undefined = this.groups.get(groupId)?.sync(who, assignments);
    return answer ?? refusedSync(ErrorCode.UNKNOWN_MEMBER_ID);
  }

  heartbeat(groupId: string, who: Identity): ErrorCode {
    return this.groups.get(groupId)?.heartbeat(who) ?? ErrorCode.UNKNOWN_MEMBER_ID;
  }

  leave(groupId: string, memberId: string, instanceId: string | null): ErrorCode {
    return this.groups.get(groupId)?.leave(memberId, instanceId) ?? ErrorCode.UNKNOWN_MEMBER_ID;
  }

  /**
   * Commits, all or nothing, what is not refused on its own; @returns a code per commit.
   * @throws KafkaError KAFKA_STORAGE_ERROR
   */
  commit(groupId: string, who: Identity, commits: readonly OffsetCommit[]): ErrorCode[] {
    const group = this.groups.get(groupId);
    const refused = group?.refusalOfCommit(who) ?? refusalWithoutGroup(who);
    if (refused !== ErrorCode.NONE) return commits.map(() => refused);
    const fits = (commit: OffsetCommit) => Buffer.byteLength(commit.metadata ?? '') <= LONGEST_METADATA_BYTES;
    this.offsets.commit(groupId, commits.filter(fits));
    this.lastActiveMs.set(groupId, Date.now());
    return commits.map((commit) => (fits(commit) ? ErrorCode.NONE : ErrorCode.OFFSET_METADATA_TOO_LARGE));
  }

  /**
   * Forgets the offsets of groups that have had no member and made no commit for the retention. What was before this
   * process counts from its start: while the broker was away, nobody could show that a group lives.
   */
  expireOffsets(nowMs: number): void {
    for (const id of this.offsets.groupIds()) {
      if (this.groups.get(id)?.isUnused === false) {
        this.lastActiveMs.set(id, nowMs);
        continue;
      }
      const idleSinceMs = this.lastActiveMs.get(id) ?? this.startedAtMs;
      const expired = this.offsets.expire(id, nowMs, idleSinceMs, this.offsetRetentionMs);
      if (expired > 0) this.logger.info({ group: id, expired }, 'offsets of an idle group are forgotten');
    }
    for (const id of this.lastActiveMs.keys()) if (this.offsets.all(id).length === 0) this.lastActiveMs.delete(id);
  }

  find(groupId: string): Group | undefined {
    const group = this.groups.get(groupId);
    if (group !== undefined || this.offsets.all(groupId).length === 0) return group;
    return new Group(groupId, () => undefined); // known by its offsets alone
  }

  all(): Group[] {
    const ids = new Set([...this.groups.keys(), ...this.offsets.groupIds()]);
    return [...ids].flatMap((id) => this.find(id) ?? []);
  }

  delete(groupId: string): ErrorCode {
    const group = this.find(groupId);
    if (group === undefined) return ErrorCode.GROUP_ID_NOT_FOUND;
    if (!group.isUnused) return ErrorCode.NON_EMPTY_GROUP;
    this.offsets.forgetGroup(groupId);
    this.groups.delete(groupId);
    return ErrorCode.NONE;
  }

  close(): void {
    for (const group of this.groups.values()) group.close();
  }
}

function refusalWithoutGroup({ generation, memberId }: Identity): ErrorCode {
  if (generation < 0) return ErrorCode.NONE;
  return memberId === '' ? ErrorCode.ILLEGAL_GENERATION : ErrorCode.UNKNOWN_MEMBER_ID;
}
