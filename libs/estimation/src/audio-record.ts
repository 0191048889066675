import type { Reject } from '#libs/contracts';

/** One record of a partition of the audio topic, as the log gives it. */
export interface AudioRecord {
  offset: bigint;
  /** LogAppendTime, epoch milliseconds. */
  appendTimeMs: number;
  key: Buffer | null;
  value: Buffer | null;
}

/** Why a record gave nothing, and in which stage. */
export interface Rejection {
  stage: string;
  reject: Reject;
}
