import { allCases } from './all-cases.js';
import { apacheKafka } from './brokers.js';

allCases(apacheKafka('4.1.0'));
