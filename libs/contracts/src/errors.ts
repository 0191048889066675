/** Every stable error code of the project, with what it means. Codes are never renamed or reused. */
export const ERROR_CODES = {
  // Records that go to the dead letters
  UNKNOWN_FRAMING: 'the message is not in Avro single-object encoding',
  UNKNOWN_SCHEMA: 'the fingerprint belongs to no committed schema',
  UNEXPECTED_RECORD: 'the record is of another kind than this topic carries',
  MALFORMED_RECORD: 'the body does not decode under its schema',
  INVALID_FIELD: 'a field holds a value outside its range',
  WRONG_KEY: 'the key of the message is not the subjectId of the record',
  WRONG_PARTITION: 'the key belongs to another partition under murmur2',
  CLOCK_OUT_OF_RANGE: 'the time of the record is too far from its LogAppendTime',
  UNKNOWN_ENCODING: 'the audio encoding is not one that this reader knows',
  SESSION_CHANGED: 'sample rate, channels, encoding or start differ from the session so far',
  UNDECODABLE_AUDIO: 'the audio does not decode',
  CHUNK_TOO_LONG: 'one chunk holds more audio than is allowed',
  // The edge
  TOKEN_INVALID: 'the token is missing, malformed, or signed with another secret',
  TOKEN_EXPIRED: 'the time of the token is over',
  TOKEN_REVOKED: 'the token was revoked',
  TOKEN_MISMATCH: 'the token was issued for another subject or device',
  MALFORMED_MESSAGE: 'a request, message or frame breaks the protocol',
  TOO_LARGE: 'a request, message or frame holds more bytes than is allowed',
  OUT_OF_ORDER: 'a frame begins before the end of the one that was taken before it',
  TOO_MANY_IN_FLIGHT: 'more frames are unacknowledged than credits were granted',
  TOO_MANY_SESSIONS: 'the device has as many sessions open as are allowed',
  TOO_FAST: 'the device sends more chunks a second than are allowed',
  OVERLOADED: 'as much as this process may hold already waits for the log',
  REPLACED: 'the same session was opened again, over another connection',
  TIMED_OUT: 'the other side was silent for too long',
  GOING_AWAY: 'the service stops, and another one takes over',
  // Boot and local operation
  CONFIG_INVALID: 'an environment variable holds an unusable value',
  NODE_TOO_OLD: 'this version of Node is not supported',
  PORT_IN_USE: 'another process listens on the port',
  DATA_FOLDER_UNUSABLE: 'the data folder cannot be written, or another process holds it',
  SEGMENT_DAMAGED: 'records of the local Kafka cannot be read: their checksum does not hold',
  DISK_FULL: 'no space is left on the device',
  KAFKA_UNAVAILABLE: 'no Kafka broker answers',
  STORE_UNAVAILABLE: 'ClickHouse does not answer',
  TOPIC_MISMATCH: 'a topic exists with other settings than the pipeline needs',
  PROGRAM_FAILED: 'a program of the local run does not start, or refused to',
  MODEL_MISSING: 'there is no model bundle in the folder',
  MODEL_BROKEN: 'a file of the model bundle does not match the hash in its manifest, or the manifest is unusable',
  // API
  INVALID_PARAMETER: 'a parameter of the request is missing or unusable',
  SUBJECT_NOT_FOUND: 'nothing is stored about the subject',
  ALERT_NOT_FOUND: 'no alert with this id is stored',
  NOT_FOUND: 'there is no such resource',
  TOO_MANY_STREAMS: 'as many clients as allowed already listen for events',
  INTERNAL: 'an unforeseen fault in the service; its log says more',
  // Commands
  NOT_AUDIO: 'the file is no audio that we can read',
  FILE_NOT_FOUND: 'a file or folder does not exist',
  USAGE: 'the command line is not understood',
  TENSORFLOW_MISSING: '@tensorflow/tfjs-node is not set up',
  DATA_INVALID: 'a data set breaks the documented layout',
  RECIPE_INVALID: 'a training recipe holds an unknown key or an unusable value',
  RANGE_NOT_RETAINED: 'the audio log no longer holds all that a time range needs',
  VERSION_IS_LIVE: 'the live path itself wrote windows of the model version in the time range',
  VERSION_NOT_STORED: 'the store holds no window of the model version in the time range',
  RESCORING_UNFINISHED: 'a replay through the model version is not finished in the time range',
  NO_WINDOWS: 'the store holds no window in the time range',
  RULES_INVALID: 'an alert rule, or a test of rules, holds an unknown key or an unusable value',
  CHECKPOINT_UNUSABLE: 'a checkpoint of the alerter cannot be restored by this version of it',
  RULE_TESTS_FAILED: 'alert rules did not do what their tests expect',
  RECEIVERS_INVALID: 'the file of receivers and routes holds an unknown key or an unusable value',
  SILENCE_INVALID: 'a silence covers nothing, or no time that is to come',
  CONTROL_CONFLICT: 'somebody else changed the same silence or acknowledgement at the same time',
  DELIVERY_FAILED: 'a receiver did not take an alert, and no try is left',
  DELIVERY_REFUSED: 'a receiver answers that it will never take this request',
  ADDRESS_REFUSED: 'the host of a receiver has no address that may be connected to',
  RECEIVER_OVERLOADED: 'as many alerts as may be held already wait for the receiver',
  TRAINING_DIVERGED: 'a loss became NaN or infinite',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** An error that somebody will read: a stable code, what was wrong and where, and (`hint`) what to do about it. */
export class EupneaError extends Error {
  override readonly name = 'EupneaError';
  readonly hint: string | undefined;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: { hint?: string; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.hint = options.hint;
  }
}
