export * from './alert-control.js';
