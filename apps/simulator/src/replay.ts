import { encodeFlac, encodePcm, toInt16 } from '#libs/audio';
import { type AudioChunk, type AudioEncoding, EupneaError, type RestState, TOPICS, encode } from '#libs/contracts';
import { basename, extname } from 'node:path';
import { expectedWindows } from './expected-windows.js';
import type { Outlet } from './outlet.js';
import { listRecordings, readRecording, subjectFromName } from './recordings.js';
import type { Timeline } from './timeline.js';

export interface ReplayOptions {
  subject?: string;
  subjectFromName?: boolean;
  device: string;
  encoding: AudioEncoding & ('pcm_s16le' | 'flac');
  restState: RestState;
  timeZone: string;
}

/** What lies ahead: which files can be sent, and how long they take with the pauses between them. */
export interface Survey {
  files: string[];
  failed: number;
  seconds: number;
}

export interface ReplaySummary {
  files: number;
  failed: number;
  chunks: number;
  seconds: number;
  windowsExpected: number;
  sessions: { subjectId: string; sessionId: string; file: string; seconds: number; windowsExpected: number }[];
}

/** With the time behind it, a session's id must not be longer than 128 characters. */
const LONGEST_NAME_CHARACTERS = 100;

/** Sessions of one subject must not touch. */
const PAUSE_SECONDS = 1;

/**
 * Reads every file once: a file that is no audio is named and left out, and the others go on.
 * @throws EupneaError FILE_NOT_FOUND; NOT_AUDIO when nothing can be sent at all
 */
export function surveyRecordings(path: string, complain: (message: string) => void): Survey {
  const survey: Survey = { files: [], failed: 0, seconds: 0 };
  let lastError: unknown;
  const files = listRecordings(path);
  for (const file of files) {
    try {
      const { samples, sampleRateHz } = readRecording(file);
      survey.seconds += samples.length / sampleRateHz + (survey.files.length > 0 ? PAUSE_SECONDS : 0);
      survey.files.push(file);
    } catch (error) {
      if (!(error instanceof EupneaError)) throw error;
      survey.failed += 1;
      lastError = error;
      if (files.length > 1) complain(`${error.code}: ${error.message}`);
    }
  }
  if (survey.files.length === 0) {
    throw survey.failed === 1
      ? lastError
      : new EupneaError('NOT_AUDIO', `${path}: none of ${survey.failed} files can be read`);
  }
  return survey;
}

/** Sends the surveyed files one after the other on one timeline; a stop ends the session that is being sent. */
export async function replay(
  survey: Survey,
  options: ReplayOptions,
  timeline: Timeline,
  outlet: Pick<Outlet, 'send'>,
  signal: AbortSignal,
  progress: (seconds: number, file: string) => void,
): Promise<ReplaySummary> {
  const summary: ReplaySummary = {
    files: 0,
    failed: survey.failed,
    chunks: 0,
    seconds: 0,
    windowsExpected: 0,
    sessions: [],
  };
  let at = 0;
  for (const file of survey.files) {
    if (signal.aborted) break;
    const { samples, sampleRateHz } = readRecording(file);
    const session = describeSession(file, timeline.startMs + Math.round(at * 1000), options);
    let sent = 0;
    while (sent < samples.length && !signal.aborted) {
      const chunk = samples.subarray(sent, sent + sampleRateHz);
      const end = sent + chunk.length;
      await timeline.waitUntil(session.sessionStartedAt + (end / sampleRateHz) * 1000, signal);
      const endOfSession = end === samples.length || signal.aborted;
      const pcm = toInt16(chunk);
      const audio = options.encoding === 'flac' ? encodeFlac(pcm, sampleRateHz) : encodePcm(pcm);
      const record: AudioChunk = { ...session, sampleRateHz, sampleOffset: sent, audio, endOfSession };
      await outlet.send([{ topic: TOPICS.audio, key: session.subjectId, value: encode('AudioChunk', record) }], signal);
      sent = end;
      summary.chunks += 1;
      progress(at + sent / sampleRateHz, basename(file));
    }
    const windows = expectedWindows(sampleRateHz, [{ from: 0, to: sent }], true);
    const { subjectId, sessionId } = session;
    summary.sessions.push({ subjectId, sessionId, file, seconds: sent / sampleRateHz, windowsExpected: windows });
    summary.files += 1;
    summary.seconds += sent / sampleRateHz;
    summary.windowsExpected += windows;
    at += samples.length / sampleRateHz + PAUSE_SECONDS;
  }
  return summary;
}

function describeSession(file: string, startedAtMs: number, options: ReplayOptions) {
  return {
    subjectId: options.subject ?? subjectFromName(file),
    deviceId: options.device,
    sessionId: `${basename(file, extname(file)).slice(0, LONGEST_NAME_CHARACTERS)}-${startedAtMs}`,
    sessionStartedAt: startedAtMs,
    channels: 1,
    encoding: options.encoding,
    preRollSamples: 0,
    restState: options.restState,
    restStateSource: options.restState === 'unknown' ? ('unknown' as const) : ('declared' as const),
    stage: 'none' as const,
    environment: 'unknown' as const,
    timeZone: options.timeZone,
  };
}
