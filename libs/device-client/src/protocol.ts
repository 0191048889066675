import type { AudioEncoding, Environment, ErrorCode, RestState, RestStateSource, TrialStage } from '#libs/contracts';

/** What the wearer does, and where; it may change on the way. */
export interface Situation {
  restState: RestState;
  restStateSource: RestStateSource;
  stage: TrialStage;
  environment: Environment;
}

export const UNKNOWN_SITUATION: Situation = {
  restState: 'unknown',
  restStateSource: 'unknown',
  stage: 'none',
  environment: 'unknown',
};

/** What is fixed for a session. */
export interface SessionFacts {
  sessionId: string;
  /** Time of sample 0, epoch milliseconds. */
  sessionStartedAt: number;
  sampleRateHz: number;
  channels: number;
  encoding: AudioEncoding;
  /** IANA time zone. */
  timeZone: string;
}

/** The first message of a connection. */
export interface Hello extends SessionFacts, Situation {
  type: 'hello';
  token: string;
  /** Both are the token's; said as well, they are compared. */
  subjectId?: string;
  deviceId?: string;
}

/** Holds for all later frames; what it leaves out stays as it was. */
export interface SituationChange extends Partial<Situation> {
  type: 'situation';
}

/** The session is over; `sampleOffset` is the sample behind its last one. */
export interface End {
  type: 'end';
  sampleOffset: number;
}

export interface Ping {
  type: 'ping';
}

export type ClientMessage = Hello | SituationChange | End | Ping;

export interface Welcome {
  type: 'welcome';
  /** So many frames may be unacknowledged. */
  credits: number;
  /** The sample behind the last durable one, where this gateway has seen the session; else null. */
  durableOffset: number | null;
  /** Epoch milliseconds. */
  serverTime: number;
}

/** Everything before this sample that was sent is durable in the log. */
export interface Ack {
  type: 'ack';
  durableOffset: number;
}

/** One frame cannot be used and was left out; the session goes on. Sent again, it would be refused again. */
export interface Rejected {
  type: 'rejected';
  sampleOffset: number;
  code: ErrorCode;
  message: string;
}

/** The end of the session is durable; the connection closes. */
export interface Ended {
  type: 'ended';
}

export interface Pong {
  type: 'pong';
  serverTime: number;
}

/** The connection closes. With `retryAfterSeconds` it is worth another try, else never. */
export interface Failure {
  type: 'error';
  code: ErrorCode;
  message: string;
  serverTime: number;
  retryAfterSeconds?: number;
}

export type ServerMessage = Welcome | Ack | Rejected | Ended | Pong | Failure;
