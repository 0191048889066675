import type { Handler } from '../broker.js';
import { APIS, supports } from '../protocol/apis.js';
import { ErrorCode } from '../protocol/error-codes.js';
import { Writer } from '../protocol/writer.js';

/** A version that we do not know is answered in version 0's form, so that every client can read the refusal (KIP-35). */
export const apiVersions: Handler = (_request, version) => {
  const answer = new Writer();
  const known = supports('ApiVersions', version);
  answer.int16(known ? ErrorCode.NONE : ErrorCode.UNSUPPORTED_VERSION);
  if (version === 3) {
    answer.compactArray(Object.values(APIS), ({ key, minVersion, maxVersion }) => {
      answer.int16(key).int16(minVersion).int16(maxVersion).noTags();
    });
    return answer.int32(0).noTags();
  }
  answer.array(Object.values(APIS), ({ key, minVersion, maxVersion }) => {
    answer.int16(key).int16(minVersion).int16(maxVersion);
  });
  return known && version >= 1 ? answer.int32(0) : answer;
};
