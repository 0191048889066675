import {
  AudioEncodingSymbols,
  EnvironmentSymbols,
  RestStateSourceSymbols,
  RestStateSymbols,
  TrialStageSymbols,
  type AudioEncoding,
  type ErrorCode,
} from '#libs/contracts';
import type { ClientMessage, Hello } from '#libs/device-client';
import { z } from 'zod';
import { Refusal } from '../refusal.js';

const timeZone = z
  .string()
  .max(64)
  .refine((name) => {
    try {
      new Intl.DateTimeFormat('en', { timeZone: name });
      return true;
    } catch {
      return false;
    }
  }, 'an IANA time zone is needed')
  .default('UTC');

function encodingOf(name: string): AudioEncoding {
  return AudioEncodingSymbols.find((symbol) => symbol === name) ?? 'unknown';
}

/** Ranges are the estimator's to check (`checkFields`), so that both ends give the same codes. */
const sessionFacts = {
  subjectId: z.string().optional(),
  deviceId: z.string().optional(),
  sessionId: z.string(),
  sessionStartedAt: z.int(),
  sampleRateHz: z.int(),
  channels: z.int().default(1),
  encoding: z.string().transform(encodingOf), // what nobody knows is UNKNOWN_ENCODING, as in the log
  timeZone,
};

const situation = {
  restState: z.enum(RestStateSymbols),
  restStateSource: z.enum(RestStateSourceSymbols),
  stage: z.enum(TrialStageSymbols),
  environment: z.enum(EnvironmentSymbols),
};
const situationOrUnknown = {
  restState: situation.restState.default('unknown'),
  restStateSource: situation.restStateSource.default('unknown'),
  stage: situation.stage.default('none'),
  environment: situation.environment.default('unknown'),
};

const hello = z.object({
  type: z.literal('hello'),
  token: z.string(),
  ...sessionFacts,
  ...situationOrUnknown,
}) satisfies z.ZodType<Hello>;

const situationChange = z
  .object({ type: z.literal('situation'), ...situation })
  .partial({ restState: true, restStateSource: true, stage: true, environment: true });

const clientMessage = z.discriminatedUnion('type', [
  hello,
  situationChange,
  z.object({ type: z.literal('end'), sampleOffset: z.int() }),
  z.object({ type: z.literal('ping') }),
]);

/** What a POST says about its body, in the header `Eupnea-Chunk`. */
const chunkHeader = z.object({
  ...sessionFacts,
  ...situationOrUnknown,
  sampleOffset: z.int(),
  preRollSamples: z.int32().default(0),
  endOfSession: z.boolean().default(false),
});
export type ChunkHeader = z.infer<typeof chunkHeader>;

/** @throws Refusal MALFORMED_MESSAGE when it is no message, INVALID_FIELD naming the fields that cannot be used */
export const parseMessage = (text: string): ClientMessage => parse(clientMessage, text) as ClientMessage;

/** @throws as `parseMessage` */
export const parseChunkHeader = (text: string): ChunkHeader => parse(chunkHeader, text);

function parse<Schema extends z.ZodType>(schema: Schema, text: string): z.infer<Schema> {
  const result = schema.safeParse(parseJson(text));
  if (result.success) return result.data;
  const isForeign = result.error.issues.some(({ path }) => path.length === 0 || path[0] === 'type');
  const code: ErrorCode = isForeign ? 'MALFORMED_MESSAGE' : 'INVALID_FIELD';
  throw new Refusal(code, result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal('MALFORMED_MESSAGE', 'this is no JSON');
  }
}
