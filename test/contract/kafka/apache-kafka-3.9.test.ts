import { allCases } from './all-cases.js';
import { apacheKafka } from './brokers.js';

allCases(apacheKafka('3.9.1'));
