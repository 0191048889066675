import { allCases } from './all-cases.js';
import { localKafka } from './brokers.js';

allCases(localKafka());
