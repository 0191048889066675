import { type Broker, type Handler, NODE_ID, codeOf } from '../broker.js';
import { ErrorCode, KafkaError } from '../protocol/error-codes.js';
import { Writer } from '../protocol/writer.js';
import { TopicConfig } from '../topic-config.js';

const TOPIC_RESOURCE = 2;
const BROKER_RESOURCE = 4;

/** Where a value comes from, as the protocol numbers it. */
const DYNAMIC_TOPIC_CONFIG = 1;
const DEFAULT_CONFIG = 5;

interface Entry {
  readonly name: string;
  readonly value: string;
  readonly isDefault: boolean;
  readonly isReadOnly: boolean;
}

export const describeConfigs: Handler = (request, version, broker) => {
  const asked = request.array(() => ({
    type: request.int8(),
    name: request.string(),
    names: request.nullableArray(() => request.string()),
  }));
  const answer = new Writer().int32(0);
  return answer.array(asked, ({ type, name, names }) => {
    const { errorCode, message, entries } = describe(broker, type, name);
    answer.int16(errorCode).string(message).int8(type).string(name);
    const wanted = entries.filter((entry) => names === null || names.length === 0 || names.includes(entry.name));
    answer.array(wanted, (entry) => {
      answer.string(entry.name).string(entry.value).boolean(entry.isReadOnly);
      if (version === 0) answer.boolean(entry.isDefault);
      else answer.int8(entry.isDefault ? DEFAULT_CONFIG : DYNAMIC_TOPIC_CONFIG);
      answer.boolean(false); // not secret
      if (version >= 1) answer.array([], () => undefined); // no synonyms
    });
  });
};

function describe(broker: Broker, type: number, name: string) {
  try {
    return { errorCode: ErrorCode.NONE, message: null, entries: entriesOf(broker, type, name) };
  } catch (error) {
    return { errorCode: codeOf(error, broker), message: (error as Error).message, entries: [] };
  }
}

function entriesOf(broker: Broker, type: number, name: string): Entry[] {
  if (type === TOPIC_RESOURCE) {
    return topicOf(broker, name)
      .config.entries()
      .map((entry) => ({ ...entry, isReadOnly: false }));
  }
  if (type === BROKER_RESOURCE && (name === '' || Number(name) === NODE_ID)) {
    const settings = { 'auto.create.topics.enable': 'true', 'broker.id': String(NODE_ID) };
    return Object.entries(settings).map(([key, value]) => ({ name: key, value, isDefault: true, isReadOnly: true }));
  }
  throw new KafkaError(ErrorCode.INVALID_REQUEST, `resource ${type} '${name}' has no settings here`);
}

/** Replaces all settings of a topic: what is not named gets its default again. */
export const alterConfigs: Handler = (request, _version, broker) => {
  const asked = request.array(() => ({
    type: request.int8(),
    name: request.string(),
    config: request.array(() => [request.string(), request.nullableString()] as const),
  }));
  const validateOnly = request.boolean();
  const answer = new Writer().int32(0);
  return answer.array(asked, ({ type, name, config }) => {
    const { errorCode, message } = alter(broker, type, name, config, validateOnly);
    answer.int16(errorCode).string(message).int8(type).string(name);
  });
};

function alter(
  broker: Broker,
  type: number,
  name: string,
  config: Iterable<readonly [string, string | null]>,
  validateOnly: boolean,
) {
  try {
    if (type !== TOPIC_RESOURCE) throw new KafkaError(ErrorCode.INVALID_REQUEST, 'only topics have settings to alter');
    const topic = topicOf(broker, name);
    const altered = TopicConfig.of(config);
    if (!validateOnly) {
      topic.config = altered;
      topic.save();
    }
    return { errorCode: ErrorCode.NONE, message: null };
  } catch (error) {
    return { errorCode: codeOf(error, broker), message: (error as Error).message };
  }
}

function topicOf(broker: Broker, name: string) {
  const topic = broker.topics.find(name);
  if (topic === undefined) throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `there is no topic ${name}`);
  return topic;
}
