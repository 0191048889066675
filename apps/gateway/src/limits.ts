/** Bounds that nobody needs to set. Records stay well under a broker's 1 MB. */
export const LIMITS = {
  /** Audio of one chunk; a second of 96 kHz stereo has 384 kB. */
  chunkBytes: 512 * 1024,
  /** A text message of the stream, and the header of a POST. */
  messageBytes: 8 * 1024,
  /** Acknowledgements that a client leaves unread. */
  unreadBytes: 256 * 1024,
  /** Sessions whose facts and durable offset are remembered after their connection went. */
  rememberedSessions: 50_000,
  /** A POST waits so long for the log. */
  appendMs: 10_000,
  /** What a client is told to wait when the fault is not its own. */
  retryAfterSeconds: 5,
} as const;
