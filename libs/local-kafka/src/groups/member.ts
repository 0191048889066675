import { ErrorCode } from '../protocol/error-codes.js';

/** What a member offers to speak: an assignor's name and its own subscription, opaque to the broker. */
export interface Protocol {
  readonly name: string;
  readonly metadata: Buffer;
}

/** As whom a member asks. */
export interface Identity {
  readonly memberId: string;
  /** -1 for a client that is no member of a group. */
  readonly generation: number;
  /** The name that a static member keeps over its restarts (KIP-345); null for a dynamic one. */
  readonly instanceId: string | null;
}

export interface JoinRequest {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocolType: string;
  readonly protocols: readonly Protocol[];
  /** From version 4 on a new member is first given its id, and joins with it (KIP-394). */
  readonly requireKnownMemberId: boolean;
}

export interface JoinAnswer {
  readonly errorCode: ErrorCode;
  readonly generation: number;
  readonly protocolName: string;
  readonly leaderId: string;
  readonly memberId: string;
  /** For the leader only, who assigns. */
  readonly members: readonly { readonly id: string; readonly instanceId: string | null; readonly metadata: Buffer }[];
}

export interface SyncAnswer {
  readonly errorCode: ErrorCode;
  readonly assignment: Buffer;
}

export const refusedJoin = (errorCode: ErrorCode, memberId: string): JoinAnswer => ({
  errorCode,
  generation: -1,
  protocolName: '',
  leaderId: '',
  memberId,
  members: [],
});

export const refusedSync = (errorCode: ErrorCode): SyncAnswer => ({ errorCode, assignment: Buffer.alloc(0) });

/** One consumer of a group: what it offered, what it got, which answers it waits for, and the timer of its session. */
export class Member {
  assignment: Buffer = Buffer.alloc(0);
  answerJoin: ((answer: JoinAnswer) => void) | undefined;
  answerSync: ((answer: SyncAnswer) => void) | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    readonly id: string,
    public offer: JoinRequest,
    private readonly onSilence: (member: Member) => void,
  ) {}

  /** A sign of life: the session starts anew. */
  touch(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (this.answerJoin !== undefined || this.answerSync !== undefined)
        this.touch(); // it waits for us
      else this.onSilence(this);
    }, this.offer.sessionTimeoutMs);
    this.timer.unref();
  }

  metadataFor(protocolName: string): Buffer {
    return this.offer.protocols.find((protocol) => protocol.name === protocolName)?.metadata ?? Buffer.alloc(0);
  }

  offersTheSame(other: readonly Protocol[]): boolean {
    const mine = this.offer.protocols;
    return (
      mine.length === other.length &&
      mine.every((protocol, at) => protocol.name === other[at]?.name && protocol.metadata.equals(other[at].metadata))
    );
  }

  get instanceId(): string | null {
    return this.offer.instanceId;
  }

  /** The member is gone: whatever it still waits for is refused. */
  dismiss(code: ErrorCode = ErrorCode.UNKNOWN_MEMBER_ID): void {
    clearTimeout(this.timer);
    this.answerJoin?.(refusedJoin(code, this.id));
    this.answerSync?.(refusedSync(code));
    this.answerJoin = this.answerSync = undefined;
  }
}
