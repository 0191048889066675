import { type AudioRecording, Resampler, readAudioFile } from '#libs/audio';
import { ANALYSIS_RATE_HZ, EupneaError } from '#libs/contracts';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';

/** In a folder, only these are tried; others lie there with good reason. */
const SOUND_EXTENSIONS = new Set(['.wav', '.wave', '.flac', '.mp3', '.ogg', '.opus', '.m4a', '.aac', '.aiff', '.aif']);

/** Streams begin at 8 kHz: slower recordings are brought to 16 kHz before they are sent. */
const LOWEST_STREAM_RATE_HZ = 8_000;

/**
 * The file itself, or all sound files of a folder and its subfolders in the order of their names.
 * @throws EupneaError FILE_NOT_FOUND
 */
export function listRecordings(path: string): string[] {
  if (!existsSync(path)) {
    throw new EupneaError('FILE_NOT_FOUND', `${path}: there is no such file or folder`, {
      hint: 'Paths are relative to the folder in which you are.',
    });
  }
  if (!statSync(path).isDirectory()) return [path];
  const files = readdirSync(path, { recursive: true, withFileTypes: true })
    .filter(
      (entry) => (entry.isFile() || entry.isSymbolicLink()) && SOUND_EXTENSIONS.has(extname(entry.name).toLowerCase()),
    )
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  if (files.length === 0)
    throw new EupneaError('FILE_NOT_FOUND', `${path}: no sound files (WAV, FLAC, Ogg Opus) in this folder`);
  return files;
}

/** @throws EupneaError NOT_AUDIO or FILE_NOT_FOUND (unreadable), naming the file */
export function readRecording(path: string): AudioRecording {
  const recording = readAudioFile(readBytes(path), path);
  if (recording.sampleRateHz >= LOWEST_STREAM_RATE_HZ) return recording;
  const resampler = new Resampler(recording.sampleRateHz);
  resampler.start(0);
  const parts = [resampler.push(recording.samples), resampler.end()];
  const samples = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  samples.set(parts[0] as Float32Array);
  samples.set(parts[1] as Float32Array, (parts[0] as Float32Array).length);
  return { ...recording, sampleRateHz: ANALYSIS_RATE_HZ, samples };
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new EupneaError('FILE_NOT_FOUND', `${path}: cannot be read (${(error as Error).message})`, { cause: error });
  }
}

const LONGEST_SUBJECT_CHARACTERS = 128;

/** The id that a recording's name begins with: cw02_deep.flac belongs to cw02. */
export function subjectFromName(path: string): string {
  const stem = basename(path, extname(path));
  return (/^[A-Za-z0-9]+/.exec(stem)?.[0] ?? stem).slice(0, LONGEST_SUBJECT_CHARACTERS);
}
