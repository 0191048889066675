import { allCases } from './all-cases.js';
import { kafkaContainer } from './brokers.js';

allCases(await kafkaContainer());
