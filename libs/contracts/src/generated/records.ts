// Generated from schemas/ by libs/contracts/generate.mjs. Do not edit.

export const AudioEncodingSymbols = ["unknown","pcm_s16le","flac","opus"] as const;
export type AudioEncoding = (typeof AudioEncodingSymbols)[number];

export const RestStateSymbols = ["unknown","rest","active"] as const;
export type RestState = (typeof RestStateSymbols)[number];

export const RestStateSourceSymbols = ["unknown","declared","motion","protocol"] as const;
export type RestStateSource = (typeof RestStateSourceSymbols)[number];

export const TrialStageSymbols = ["none","before","during","after","cooldown"] as const;
export type TrialStage = (typeof TrialStageSymbols)[number];

export const EnvironmentSymbols = ["unknown","indoor","outdoor"] as const;
export type Environment = (typeof EnvironmentSymbols)[number];

export const AlertStateSymbols = ["unknown","firing","suppressed","resolved"] as const;
export type AlertState = (typeof AlertStateSymbols)[number];

export const EpisodeStateSymbols = ["unknown","open","closed"] as const;
export type EpisodeState = (typeof EpisodeStateSymbols)[number];

export const EstimateQualitySymbols = ["unknown","ok","noisy","not_heard","low_confidence"] as const;
export type EstimateQuality = (typeof EstimateQualitySymbols)[number];

/** Somebody takes care of an alert: it is not told again, but its end is. Keyed by alertId in the compacted topic eupnea.control.acknowledgements. */
export interface AlertAcknowledgement {
  alertId: string;
  /** 1, 2, ...; one that does not go beyond the one before is ignored. */
  version: number;
  author: string;
  note: string;
  /** Of the first version: changes of the alert with this event time or a later one are not told. */
  at: number;
}

/** Alerts that nobody is told about for a while. Keyed by silenceId in the compacted topic eupnea.control.silences. A later version changes the end and nothing else, and never to a time that is past, so that what was decided stays decided. */
export interface AlertSilence {
  silenceId: string;
  /** 1, 2, ...; one that does not go beyond the one before is ignored. */
  version: number;
  /** Patterns, * for any characters; none of them matters where the list is empty. */
  subjects: string[];
  /** Patterns of rule ids. */
  rules: string[];
  severities: string[];
  /** Pattern of each label; the alert must have all of them. */
  labels: Record<string, string>;
  author: string;
  reason: string;
  /** Event time of the first change of an alert that it covers. */
  startsAt: number;
  /** Event time from which on it covers nothing. */
  endsAt: number;
  /** Alerts that were appended before are not covered. */
  createdAt: number;
  changedAt: number;
}

/** All that the alerter knows of one person at one place of the estimates log: whoever restores it reads on from there. */
export interface AlertingCheckpoint {
  subjectId: string;
  /** Offset of the first record of the estimates partition that is not in it. */
  asOf: number;
  /** The RuleSetChange under which it was taken. */
  rulesVersion: number;
  /** Of the snapshot; another one is refused. */
  format: number;
  /** The snapshot of libs/alert-rules as JSON, in raw DEFLATE. */
  snapshot: Buffer;
}

/** About one second of sound of one stream. A stream is (subjectId, deviceId, sessionId); sampleRateHz, channels, encoding and sessionStartedAt are fixed for a session. */
export interface AudioChunk {
  /** Pseudonym of the person; also the record's key. */
  subjectId: string;
  deviceId: string;
  sessionId: string;
  /** Time of sample 0. */
  sessionStartedAt: number;
  /** Index of the first sample (per channel) since the session began. */
  sampleOffset: number;
  sampleRateHz: number;
  /** Interleaved channels in the audio; mixed to mono on arrival. */
  channels: number;
  /** How audio is encoded. Each chunk decodes alone. */
  encoding: AudioEncoding;
  /** Opus only: decoded samples before sampleOffset, to be discarded. */
  preRollSamples: number;
  /** May be empty in the chunk that ends a session. */
  audio: Buffer;
  restState: RestState;
  restStateSource: RestStateSource;
  stage: TrialStage;
  environment: Environment;
  /** IANA time zone of the session. */
  timeZone: string;
  endOfSession: boolean;
}

/** One change of one alert, with the evidence for it. Deterministic: the same log and rules give the same records. */
export interface BreathAlert {
  /** UUIDv5 of subject, rule, rule version and startedAt. */
  alertId: string;
  /** 0 for the first record of the alert, then 1, 2, ... */
  sequence: number;
  subjectId: string;
  ruleId: string;
  /** Hash of the rule's own text as it was in force. */
  ruleVersion: string;
  severity: string;
  state: AlertState;
  /** Why it changed: sustained, gap, unmuted, repeat; schedule, inhibited, cooldown; cleared, gap, rule-changed, forgotten. */
  reason: string;
  /** When the condition began to hold. */
  startedAt: number;
  /** Event time of this change. */
  at: number;
  /** What was compared, for instance rate.lower. */
  signal: string;
  /** What it was compared with, for instance above 25. */
  condition: string;
  /** The signal's value at this change; null where there was no data. */
  value: null | number;
  /** Pooled rate of the rule's span. */
  ratePerMinute: null | number;
  lowerPerMinute: null | number;
  upperPerMinute: null | number;
  /** The person's resting baseline, where there is one. */
  baselinePerMinute: null | number;
  /** Share of the rule's span that accepted windows cover. */
  coverage: number;
  /** Share of the rule's span that windows cover at all. */
  receivedShare: number;
  /** Length of the span behind `at` that the values describe. */
  spanSeconds: number;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** Alerts with the same key are told together. */
  groupKey: string;
  modelVersion: string;
}

/** A stretch of heavy breathing: it opens when P(pooled rate > 25 /min) reaches 0.8 and closes below 0.5. Published when it opens and again, under the same id, when it closes. */
export interface BreathEpisode {
  /** UUIDv5 of subject, start and model version. */
  episodeId: string;
  subjectId: string;
  state: EpisodeState;
  /** End of the window that opened it. */
  start: number;
  /** End of the last window that still was heavy; null while it is open. */
  end: null | number;
  /** Highest pooled rate so far, breaths per minute. */
  peakPerMinute: number;
  /** Mean of the pooled rates so far, breaths per minute. */
  meanPerMinute: number;
  /** Share of the time from start to end that accepted windows cover; 0 while it has no length. */
  coverage: number;
  /** unknown where the episode mixes states. */
  restState: RestState;
  modelVersion: string;
}

/** What one window of 4-7 s says. Deterministic: the same log gives the same bytes. */
export interface BreathEstimate {
  subjectId: string;
  deviceId: string;
  sessionId: string;
  sessionStartedAt: number;
  /** sessionStartedAt + startSample / 16 kHz. */
  windowStart: number;
  /** First sample of the window on the session's 16 kHz analysis grid. */
  startSample: number;
  /** Length of the window in 16 kHz samples. */
  windowSamples: number;
  /** Respiratory rate, breaths per minute, rounded to 0.1. */
  rrPerMinute: number;
  /** Its standard deviation, breaths per minute, rounded to 0.1. */
  rrStdDev: number;
  /** Respiration count (RC) in the window, rounded to 0.01. */
  breathCount: number;
  /** Probability of no breathing; multiples of 1/255, as the other two classes. */
  pNone: number;
  pNormal: number;
  /** Probability of the training class 'heavy' (above 30 /min); episodes use the rate instead. */
  pHeavy: number;
  pNoise: number;
  /** ok = the rate is accepted. */
  quality: EstimateQuality;
  /** unknown where the window mixes states. */
  restState: RestState;
  stage: TrialStage;
  environment: Environment;
  timeZone: string;
  modelVersion: string;
}

/** What a simulated person truly did during one stretch of a session. Never produced for real people. */
export interface BreathTruth {
  subjectId: string;
  deviceId: string;
  sessionId: string;
  /** Start of the stretch; with sessionStartedAt of the chunks as origin. */
  startedAt: number;
  durationSeconds: number;
  /** True rate over the stretch; 0 while no breath sounds. */
  rrPerMinute: number;
  /** False in stretches without audible breath (silence, speech). */
  breathing: boolean;
  /** Level of breath over added noise; 99 without noise. */
  snrDb: number;
  restState: RestState;
}

/** What the windows of one span (60 s by default) of one person say together. Investigational: this is no medical device. */
export interface RateAggregate {
  subjectId: string;
  /** A multiple of the span since the epoch. */
  spanStart: number;
  spanSeconds: number;
  /** Median of the accepted windows whose middle lies in the span, breaths per minute; null without any. */
  ratePerMinute: null | number;
  /** Lower end of the 95 % interval of the rate. */
  lowerPerMinute: null | number;
  /** Upper end of the 95 % interval of the rate. */
  upperPerMinute: null | number;
  /** Share of the span that accepted windows cover together. */
  coverage: number;
  /** Share of the span that windows cover at all, accepted or not. */
  receivedShare: number;
  acceptedWindows: number;
  /** unknown where the span mixes states. */
  restState: RestState;
  timeZone: string;
  modelVersion: string;
}

/** A whole set of alert rules. In eupnea.control.rules it says what should be in force; in a partition of the estimates topic it takes effect where it stands. A version that does not go beyond the one before is ignored. */
export interface RuleSetChange {
  /** 1, 2, ...; 0 stands for no rules at all, before the first change. */
  version: number;
  /** Text of each rule file by its name; read in the order of the names. */
  files: Record<string, string>;
  author: string;
  changedAt: number;
}

/** A device token that is valid no more. Keyed by tokenId in the compacted topic eupnea.control.tokens. */
export interface TokenRevocation {
  tokenId: string;
  revokedAt: number;
}

/** Appended to each estimates partition every 5 s, after the estimates that it covers. */
export interface Watermark {
  /** LogAppendTime up to which the audio partition has been processed. */
  processedThrough: number;
  /** Whether the end of the audio partition was reached. */
  caughtUp: boolean;
}

/** Every record by its name. */
export interface Records {
  AlertAcknowledgement: AlertAcknowledgement;
  AlertSilence: AlertSilence;
  AlertingCheckpoint: AlertingCheckpoint;
  AudioChunk: AudioChunk;
  BreathAlert: BreathAlert;
  BreathEpisode: BreathEpisode;
  BreathEstimate: BreathEstimate;
  BreathTruth: BreathTruth;
  RateAggregate: RateAggregate;
  RuleSetChange: RuleSetChange;
  TokenRevocation: TokenRevocation;
  Watermark: Watermark;
}

/** Every committed version of every record, oldest first. */
export const SCHEMAS = {
  AlertAcknowledgement: [
    { version: 1, schema: {"type":"record","name":"AlertAcknowledgement","namespace":"eupnea","doc":"Somebody takes care of an alert: it is not told again, but its end is. Keyed by alertId in the compacted topic eupnea.control.acknowledgements.","fields":[{"name":"alertId","type":"string"},{"name":"version","type":"int","doc":"1, 2, ...; one that does not go beyond the one before is ignored."},{"name":"author","type":"string"},{"name":"note","type":"string"},{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"Of the first version: changes of the alert with this event time or a later one are not told."}]} },
  ],
  AlertSilence: [
    { version: 1, schema: {"type":"record","name":"AlertSilence","namespace":"eupnea","doc":"Alerts that nobody is told about for a while. Keyed by silenceId in the compacted topic eupnea.control.silences. A later version changes the end and nothing else, and never to a time that is past, so that what was decided stays decided.","fields":[{"name":"silenceId","type":"string"},{"name":"version","type":"int","doc":"1, 2, ...; one that does not go beyond the one before is ignored."},{"name":"subjects","type":{"type":"array","items":"string"},"doc":"Patterns, * for any characters; none of them matters where the list is empty."},{"name":"rules","type":{"type":"array","items":"string"},"doc":"Patterns of rule ids."},{"name":"severities","type":{"type":"array","items":"string"}},{"name":"labels","type":{"type":"map","values":"string"},"doc":"Pattern of each label; the alert must have all of them."},{"name":"author","type":"string"},{"name":"reason","type":"string"},{"name":"startsAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"Event time of the first change of an alert that it covers."},{"name":"endsAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"Event time from which on it covers nothing."},{"name":"createdAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"Alerts that were appended before are not covered."},{"name":"changedAt","type":{"type":"long","logicalType":"timestamp-millis"}}]} },
  ],
  AlertingCheckpoint: [
    { version: 1, schema: {"type":"record","name":"AlertingCheckpoint","namespace":"eupnea","doc":"All that the alerter knows of one person at one place of the estimates log: whoever restores it reads on from there.","fields":[{"name":"subjectId","type":"string"},{"name":"asOf","type":"long","doc":"Offset of the first record of the estimates partition that is not in it."},{"name":"rulesVersion","type":"int","doc":"The RuleSetChange under which it was taken."},{"name":"format","type":"int","doc":"Of the snapshot; another one is refused."},{"name":"snapshot","type":"bytes","doc":"The snapshot of libs/alert-rules as JSON, in raw DEFLATE."}]} },
  ],
  AudioChunk: [
    { version: 1, schema: {"type":"record","name":"AudioChunk","namespace":"eupnea","doc":"About one second of sound of one stream. A stream is (subjectId, deviceId, sessionId); sampleRateHz, channels, encoding and sessionStartedAt are fixed for a session.","fields":[{"name":"subjectId","type":"string","doc":"Pseudonym of the person; also the record's key."},{"name":"deviceId","type":"string"},{"name":"sessionId","type":"string"},{"name":"sessionStartedAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"Time of sample 0."},{"name":"sampleOffset","type":"long","doc":"Index of the first sample (per channel) since the session began."},{"name":"sampleRateHz","type":"int"},{"name":"channels","type":"int","default":1,"doc":"Interleaved channels in the audio; mixed to mono on arrival."},{"name":"encoding","type":{"type":"enum","name":"AudioEncoding","symbols":["unknown","pcm_s16le","flac","opus"],"default":"unknown"},"doc":"How audio is encoded. Each chunk decodes alone."},{"name":"preRollSamples","type":"int","default":0,"doc":"Opus only: decoded samples before sampleOffset, to be discarded."},{"name":"audio","type":"bytes","doc":"May be empty in the chunk that ends a session."},{"name":"restState","type":{"type":"enum","name":"RestState","symbols":["unknown","rest","active"],"default":"unknown"},"default":"unknown"},{"name":"restStateSource","type":{"type":"enum","name":"RestStateSource","symbols":["unknown","declared","motion","protocol"],"default":"unknown"},"default":"unknown"},{"name":"stage","type":{"type":"enum","name":"TrialStage","symbols":["none","before","during","after","cooldown"],"default":"none"},"default":"none"},{"name":"environment","type":{"type":"enum","name":"Environment","symbols":["unknown","indoor","outdoor"],"default":"unknown"},"default":"unknown"},{"name":"timeZone","type":"string","default":"UTC","doc":"IANA time zone of the session."},{"name":"endOfSession","type":"boolean","default":false}]} },
  ],
  BreathAlert: [
    { version: 1, schema: {"type":"record","name":"BreathAlert","namespace":"eupnea","doc":"One change of one alert, with the evidence for it. Deterministic: the same log and rules give the same records.","fields":[{"name":"alertId","type":"string","doc":"UUIDv5 of subject, rule, rule version and startedAt."},{"name":"sequence","type":"int","doc":"0 for the first record of the alert, then 1, 2, ..."},{"name":"subjectId","type":"string"},{"name":"ruleId","type":"string"},{"name":"ruleVersion","type":"string","doc":"Hash of the rule's own text as it was in force."},{"name":"severity","type":"string"},{"name":"state","type":{"type":"enum","name":"AlertState","symbols":["unknown","firing","suppressed","resolved"],"default":"unknown"}},{"name":"reason","type":"string","doc":"Why it changed: sustained, gap, unmuted, repeat; schedule, inhibited, cooldown; cleared, gap, rule-changed, forgotten."},{"name":"startedAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When the condition began to hold."},{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"Event time of this change."},{"name":"signal","type":"string","doc":"What was compared, for instance rate.lower."},{"name":"condition","type":"string","doc":"What it was compared with, for instance above 25."},{"name":"value","type":["null","double"],"doc":"The signal's value at this change; null where there was no data."},{"name":"ratePerMinute","type":["null","double"],"doc":"Pooled rate of the rule's span."},{"name":"lowerPerMinute","type":["null","double"]},{"name":"upperPerMinute","type":["null","double"]},{"name":"baselinePerMinute","type":["null","double"],"doc":"The person's resting baseline, where there is one."},{"name":"coverage","type":"double","doc":"Share of the rule's span that accepted windows cover."},{"name":"receivedShare","type":"double","doc":"Share of the rule's span that windows cover at all."},{"name":"spanSeconds","type":"int","doc":"Length of the span behind `at` that the values describe."},{"name":"labels","type":{"type":"map","values":"string"}},{"name":"annotations","type":{"type":"map","values":"string"}},{"name":"groupKey","type":"string","doc":"Alerts with the same key are told together."},{"name":"modelVersion","type":"string"}]} },
  ],
  BreathEpisode: [
    { version: 1, schema: {"type":"record","name":"BreathEpisode","namespace":"eupnea","doc":"A stretch of heavy breathing: it opens when P(pooled rate > 25 /min) reaches 0.8 and closes below 0.5. Published when it opens and again, under the same id, when it closes.","fields":[{"name":"episodeId","type":"string","doc":"UUIDv5 of subject, start and model version."},{"name":"subjectId","type":"string"},{"name":"state","type":{"type":"enum","name":"EpisodeState","symbols":["unknown","open","closed"],"default":"unknown"}},{"name":"start","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"End of the window that opened it."},{"name":"end","type":["null",{"type":"long","logicalType":"timestamp-millis"}],"doc":"End of the last window that still was heavy; null while it is open."},{"name":"peakPerMinute","type":"double","doc":"Highest pooled rate so far, breaths per minute."},{"name":"meanPerMinute","type":"double","doc":"Mean of the pooled rates so far, breaths per minute."},{"name":"coverage","type":"double","doc":"Share of the time from start to end that accepted windows cover; 0 while it has no length."},{"name":"restState","type":{"type":"enum","name":"RestState","symbols":["unknown","rest","active"],"default":"unknown"},"doc":"unknown where the episode mixes states."},{"name":"modelVersion","type":"string"}]} },
  ],
  BreathEstimate: [
    { version: 1, schema: {"type":"record","name":"BreathEstimate","namespace":"eupnea","doc":"What one window of 4-7 s says. Deterministic: the same log gives the same bytes.","fields":[{"name":"subjectId","type":"string"},{"name":"deviceId","type":"string"},{"name":"sessionId","type":"string"},{"name":"sessionStartedAt","type":{"type":"long","logicalType":"timestamp-millis"}},{"name":"windowStart","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"sessionStartedAt + startSample / 16 kHz."},{"name":"startSample","type":"long","doc":"First sample of the window on the session's 16 kHz analysis grid."},{"name":"windowSamples","type":"int","doc":"Length of the window in 16 kHz samples."},{"name":"rrPerMinute","type":"float","doc":"Respiratory rate, breaths per minute, rounded to 0.1."},{"name":"rrStdDev","type":"float","doc":"Its standard deviation, breaths per minute, rounded to 0.1."},{"name":"breathCount","type":"float","doc":"Respiration count (RC) in the window, rounded to 0.01."},{"name":"pNone","type":"float","doc":"Probability of no breathing; multiples of 1/255, as the other two classes."},{"name":"pNormal","type":"float"},{"name":"pHeavy","type":"float","doc":"Probability of the training class 'heavy' (above 30 /min); episodes use the rate instead."},{"name":"pNoise","type":"float"},{"name":"quality","type":{"type":"enum","name":"EstimateQuality","symbols":["unknown","ok","noisy","not_heard","low_confidence"],"default":"unknown"},"doc":"ok = the rate is accepted."},{"name":"restState","type":{"type":"enum","name":"RestState","symbols":["unknown","rest","active"],"default":"unknown"},"doc":"unknown where the window mixes states."},{"name":"stage","type":{"type":"enum","name":"TrialStage","symbols":["none","before","during","after","cooldown"],"default":"none"}},{"name":"environment","type":{"type":"enum","name":"Environment","symbols":["unknown","indoor","outdoor"],"default":"unknown"},"default":"unknown"},{"name":"timeZone","type":"string","default":"UTC"},{"name":"modelVersion","type":"string"}]} },
  ],
  BreathTruth: [
    { version: 1, schema: {"type":"record","name":"BreathTruth","namespace":"eupnea","doc":"What a simulated person truly did during one stretch of a session. Never produced for real people.","fields":[{"name":"subjectId","type":"string"},{"name":"deviceId","type":"string"},{"name":"sessionId","type":"string"},{"name":"startedAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"Start of the stretch; with sessionStartedAt of the chunks as origin."},{"name":"durationSeconds","type":"float"},{"name":"rrPerMinute","type":"float","doc":"True rate over the stretch; 0 while no breath sounds."},{"name":"breathing","type":"boolean","doc":"False in stretches without audible breath (silence, speech)."},{"name":"snrDb","type":"float","doc":"Level of breath over added noise; 99 without noise."},{"name":"restState","type":{"type":"enum","name":"RestState","symbols":["unknown","rest","active"],"default":"unknown"},"default":"unknown"}]} },
  ],
  RateAggregate: [
    { version: 1, schema: {"type":"record","name":"RateAggregate","namespace":"eupnea","doc":"What the windows of one span (60 s by default) of one person say together. Investigational: this is no medical device.","fields":[{"name":"subjectId","type":"string"},{"name":"spanStart","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"A multiple of the span since the epoch."},{"name":"spanSeconds","type":"int"},{"name":"ratePerMinute","type":["null","double"],"doc":"Median of the accepted windows whose middle lies in the span, breaths per minute; null without any."},{"name":"lowerPerMinute","type":["null","double"],"doc":"Lower end of the 95 % interval of the rate."},{"name":"upperPerMinute","type":["null","double"],"doc":"Upper end of the 95 % interval of the rate."},{"name":"coverage","type":"double","doc":"Share of the span that accepted windows cover together."},{"name":"receivedShare","type":"double","doc":"Share of the span that windows cover at all, accepted or not."},{"name":"acceptedWindows","type":"int"},{"name":"restState","type":{"type":"enum","name":"RestState","symbols":["unknown","rest","active"],"default":"unknown"},"doc":"unknown where the span mixes states."},{"name":"timeZone","type":"string","default":"UTC"},{"name":"modelVersion","type":"string"}]} },
  ],
  RuleSetChange: [
    { version: 1, schema: {"type":"record","name":"RuleSetChange","namespace":"eupnea","doc":"A whole set of alert rules. In eupnea.control.rules it says what should be in force; in a partition of the estimates topic it takes effect where it stands. A version that does not go beyond the one before is ignored.","fields":[{"name":"version","type":"int","doc":"1, 2, ...; 0 stands for no rules at all, before the first change."},{"name":"files","type":{"type":"map","values":"string"},"doc":"Text of each rule file by its name; read in the order of the names."},{"name":"author","type":"string"},{"name":"changedAt","type":{"type":"long","logicalType":"timestamp-millis"}}]} },
  ],
  TokenRevocation: [
    { version: 1, schema: {"type":"record","name":"TokenRevocation","namespace":"eupnea","doc":"A device token that is valid no more. Keyed by tokenId in the compacted topic eupnea.control.tokens.","fields":[{"name":"tokenId","type":"string"},{"name":"revokedAt","type":{"type":"long","logicalType":"timestamp-millis"}}]} },
  ],
  Watermark: [
    { version: 1, schema: {"type":"record","name":"Watermark","namespace":"eupnea","doc":"Appended to each estimates partition every 5 s, after the estimates that it covers.","fields":[{"name":"processedThrough","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"LogAppendTime up to which the audio partition has been processed."},{"name":"caughtUp","type":"boolean","doc":"Whether the end of the audio partition was reached."}]} },
  ],
};
