export { startLocalClickhouse } from './server.js';
