import { type Handler, codeOf } from '../broker.js';
import { ErrorCode } from '../protocol/error-codes.js';
import { Writer } from '../protocol/writer.js';

export const initProducerId: Handler = (request, _version, broker) => {
  const answer = new Writer().int32(0);
  if (request.nullableString() !== null) {
    return answer.int16(ErrorCode.UNSUPPORTED_VERSION).int64(-1).int16(-1); // transactions
  }
  try {
    const id = broker.producerIds.take();
    return answer.int16(ErrorCode.NONE).int64(id).int16(0);
  } catch (error) {
    return answer.int16(codeOf(error, broker)).int64(-1).int16(-1);
  }
};
