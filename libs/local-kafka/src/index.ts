export { type LocalKafka, startLocalKafka } from './local-kafka.js';
