import { randomUUID } from 'node:crypto';
import { ErrorCode } from '../protocol/error-codes.js';
import { type Identity, type JoinAnswer, type JoinRequest, Member, type SyncAnswer } from './member.js';
import { refusedJoin, refusedSync } from './member.js';

/** The states of the classic group protocol. */
export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable';

/**
 * The coordinator's side of the classic group protocol (KIP-62, KIP-394): members join, the leader assigns, everybody
 * syncs. Any change begins a new generation, and what carries an old one is refused. Only a static member (KIP-345) that
 * comes back under its instance id within its session changes nothing: it gets its former assignment, and its former
 * self is fenced.
 */
export class Group {
  state: GroupState = 'Empty';
  generation = 0;
  protocolType = '';
  protocolName = '';
  private leaderId = '';
  private readonly members = new Map<string, Member>();
  /** Members that were given an id and have not joined with it yet. */
  private readonly pending = new Map<string, NodeJS.Timeout>();
  private joinTimer: NodeJS.Timeout | undefined;

  constructor(
    readonly id: string,
    private readonly log: (event: object, message: string) => void,
  ) {}

  get memberList(): readonly Member[] {
    return [...this.members.values()];
  }

  get isUnused(): boolean {
    return this.members.size === 0 && this.pending.size === 0;
  }

  join(request: JoinRequest): Promise<JoinAnswer> | JoinAnswer {
    if (!this.understands(request)) return refusedJoin(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, request.memberId);
    if (request.memberId === '') {
      if (request.instanceId !== null) return this.joinStatic(request, request.instanceId);
      const id = `${request.clientId}-${randomUUID()}`;
      if (!request.requireKnownMemberId) return this.admit(new Member(id, request, this.onSilence));
      const timer = setTimeout(() => this.forgetPending(id), request.sessionTimeoutMs).unref();
      this.pending.set(id, timer);
      return refusedJoin(ErrorCode.MEMBER_ID_REQUIRED, id);
    }
    const fenced = this.refusalOfInstance(request);
    if (fenced !== ErrorCode.NONE) return refusedJoin(fenced, request.memberId);
    const member = this.members.get(request.memberId);
    if (member !== undefined) return this.rejoin(member, request);
    if (!this.pending.has(request.memberId)) return refusedJoin(ErrorCode.UNKNOWN_MEMBER_ID, request.memberId);
    clearTimeout(this.pending.get(request.memberId));
    this.pending.delete(request.memberId);
    return this.admit(new Member(request.memberId, request, this.onSilence));
  }

  private understands(request: JoinRequest): boolean {
    if (request.protocols.length === 0) return false;
    const others = this.memberList.filter((member) => member.id !== request.memberId);
    if (others.length === 0) return true;
    return (
      request.protocolType === this.protocolType &&
      request.protocols.some(({ name }) =>
        others.every((member) => member.offer.protocols.some((protocol) => protocol.name === name)),
      )
    );
  }

  private joinStatic(request: JoinRequest, instanceId: string): Promise<JoinAnswer> | JoinAnswer {
    const member = new Member(`${instanceId}-${randomUUID()}`, request, this.onSilence);
    const former = this.staticMember(instanceId);
    return former === undefined ? this.admit(member) : this.replace(former, member);
  }

  private replace(former: Member, member: Member): Promise<JoinAnswer> | JoinAnswer {
    const { leaderId } = this;
    former.dismiss(ErrorCode.FENCED_INSTANCE_ID);
    this.members.delete(former.id);
    this.members.set(member.id, member);
    if (leaderId === former.id) this.leaderId = member.id;
    if (this.state !== 'Stable' || this.electProtocol() !== this.protocolName) return this.awaitRebalance(member);
    member.assignment = former.assignment;
    member.touch();
    return { ...this.joined(member), leaderId, members: [] }; // it must not take itself for the leader and assign anew
  }

  private staticMember(instanceId: string): Member | undefined {
    return this.memberList.find((member) => member.instanceId === instanceId);
  }

  private admit(member: Member): Promise<JoinAnswer> {
    this.members.set(member.id, member);
    return this.awaitRebalance(member);
  }

  private rejoin(member: Member, request: JoinRequest): Promise<JoinAnswer> | JoinAnswer {
    const unchanged = member.offersTheSame(request.protocols);
    member.offer = request;
    const isLeaderAgain = this.state === 'Stable' && member.id === this.leaderId; // it asks for a new assignment
    if (this.state !== 'PreparingRebalance' && unchanged && !isLeaderAgain) {
      member.touch();
      return this.joined(member); // its answer was lost
    }
    return this.awaitRebalance(member);
  }

  private awaitRebalance(member: Member): Promise<JoinAnswer> {
    this.protocolType = member.offer.protocolType;
    member.touch();
    return new Promise((resolve) => {
      member.answerJoin?.(refusedJoin(ErrorCode.UNKNOWN_MEMBER_ID, member.id)); // an older request of the same member
      member.answerJoin = resolve;
      this.rebalance(`member ${member.id} joins`);
    });
  }

  private rebalance(reason: string): void {
    if (this.state !== 'PreparingRebalance') {
      this.log({ group: this.id, generation: this.generation, reason }, 'rebalance');
      this.state = 'PreparingRebalance';
      for (const member of this.members.values()) {
        member.assignment = Buffer.alloc(0);
        member.answerSync?.(refusedSync(ErrorCode.REBALANCE_IN_PROGRESS));
        member.answerSync = undefined;
      }
      this.awaitJoins();
    }
    this.completeJoinIfAllAreHere();
  }

  private awaitJoins(): void {
    const longestMs = Math.max(0, ...this.memberList.map((member) => member.offer.rebalanceTimeoutMs));
    clearTimeout(this.joinTimer);
    this.joinTimer = setTimeout(() => this.completeJoin(), longestMs).unref();
  }

  private completeJoinIfAllAreHere(): void {
    if (this.state !== 'PreparingRebalance' || this.pending.size > 0) return;
    if (this.memberList.every((member) => member.answerJoin !== undefined)) this.completeJoin();
  }

  private completeJoin(): void {
    clearTimeout(this.joinTimer);
    for (const member of this.members.values()) {
      if (member.answerJoin !== undefined || member.instanceId !== null) continue; // a static one has its whole session
      this.members.delete(member.id); // it did not come in time
      member.dismiss();
    }
    const first = this.memberList.find((member) => member.answerJoin !== undefined);
    if (first === undefined && this.members.size > 0) return this.awaitJoins(); // nobody is here who could lead
    this.generation++;
    if (first === undefined) {
      this.state = 'Empty';
      this.protocolName = this.leaderId = '';
      return;
    }
    this.state = 'CompletingRebalance';
    this.protocolName = this.electProtocol();
    if (this.members.get(this.leaderId)?.answerJoin === undefined) this.leaderId = first.id;
    for (const member of this.members.values()) {
      const answer = member.answerJoin;
      if (answer === undefined) continue;
      member.answerJoin = undefined;
      member.touch();
      answer(this.joined(member));
    }
  }

  /** Of the protocols that all members know, the one that most of them would rather have. */
  private electProtocol(): string {
    const common = (this.memberList[0]?.offer.protocols ?? [])
      .map(({ name }) => name)
      .filter((name) => this.memberList.every((member) => member.offer.protocols.some((other) => other.name === name)));
    const votes = (name: string) =>
      this.memberList.filter(
        (member) => member.offer.protocols.find((protocol) => common.includes(protocol.name))?.name === name,
      ).length;
    return common.sort((a, b) => votes(b) - votes(a))[0] ?? '';
  }

  private joined(member: Member): JoinAnswer {
    const members = member.id === this.leaderId ? this.memberList : [];
    return {
      errorCode: ErrorCode.NONE,
      generation: this.generation,
      protocolName: this.protocolName,
      leaderId: this.leaderId,
      memberId: member.id,
      members: members.map((other) => ({
        id: other.id,
        instanceId: other.instanceId,
        metadata: other.metadataFor(this.protocolName),
      })),
    };
  }

  sync(who: Identity, assignments: ReadonlyMap<string, Buffer>): Promise<SyncAnswer> | SyncAnswer {
    const refused = this.refusalOf(who);
    if (refused !== ErrorCode.NONE) return refusedSync(refused);
    const member = this.members.get(who.memberId) as Member;
    member.touch();
    if (this.state === 'PreparingRebalance') return refusedSync(ErrorCode.REBALANCE_IN_PROGRESS);
    if (this.state === 'Stable') return { errorCode: ErrorCode.NONE, assignment: member.assignment };
    if (member.id !== this.leaderId) return new Promise((resolve) => (member.answerSync = resolve));
    this.state = 'Stable';
    for (const other of this.members.values()) {
      other.assignment = Buffer.from(assignments.get(other.id) ?? Buffer.alloc(0)); // a copy: the request's memory goes
      other.answerSync?.({ errorCode: ErrorCode.NONE, assignment: other.assignment });
      other.answerSync = undefined;
    }
    return { errorCode: ErrorCode.NONE, assignment: member.assignment };
  }

  heartbeat(who: Identity): ErrorCode {
    const refused = this.refusalOf(who);
    if (refused !== ErrorCode.NONE) return refused;
    this.members.get(who.memberId)?.touch();
    return this.state === 'PreparingRebalance' ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
  }

  /** A static member may be named by its instance id alone, as an operator does who removes it. */
  leave(memberId: string, instanceId: string | null): ErrorCode {
    if (this.forgetPending(memberId)) return ErrorCode.NONE;
    const byInstance = memberId === '' && instanceId !== null ? this.staticMember(instanceId) : undefined;
    const fenced = byInstance ? ErrorCode.NONE : this.refusalOfInstance({ memberId, instanceId });
    if (fenced !== ErrorCode.NONE) return fenced;
    const member = byInstance ?? this.members.get(memberId);
    if (member === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
    this.remove(member, 'left');
    return ErrorCode.NONE;
  }

  /** NONE where this member may commit offsets now; a client without a group membership only while the group is empty. */
  refusalOfCommit(who: Identity): ErrorCode {
    if (who.generation < 0 && who.memberId === '' && this.members.size === 0) return ErrorCode.NONE;
    const refused = this.refusalOf(who);
    if (refused !== ErrorCode.NONE) return refused;
    this.members.get(who.memberId)?.touch();
    return this.state === 'CompletingRebalance' ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
  }

  private refusalOf(who: Identity): ErrorCode {
    const fenced = this.refusalOfInstance(who);
    if (fenced !== ErrorCode.NONE) return fenced;
    if (!this.members.has(who.memberId)) return ErrorCode.UNKNOWN_MEMBER_ID;
    return who.generation === this.generation ? ErrorCode.NONE : ErrorCode.ILLEGAL_GENERATION;
  }

  /** Whether another process has taken the static member's place. */
  private refusalOfInstance({ memberId, instanceId }: Pick<Identity, 'memberId' | 'instanceId'>): ErrorCode {
    if (instanceId === null) return ErrorCode.NONE;
    const current = this.staticMember(instanceId);
    if (current === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
    return current.id === memberId ? ErrorCode.NONE : ErrorCode.FENCED_INSTANCE_ID;
  }

  private readonly onSilence = (member: Member): void => this.remove(member, 'session timed out');

  private remove(member: Member, reason: string): void {
    this.members.delete(member.id);
    member.dismiss();
    this.rebalance(`member ${member.id} ${reason}`);
  }

  private forgetPending(id: string): boolean {
    clearTimeout(this.pending.get(id));
    const known = this.pending.delete(id);
    if (known) this.completeJoinIfAllAreHere();
    return known;
  }

  close(): void {
    clearTimeout(this.joinTimer);
    for (const timer of this.pending.values()) clearTimeout(timer);
    for (const member of this.members.values()) member.dismiss();
  }
}
