import { EventEmitter } from 'node:events';
import kafkajs, { type Consumer } from 'kafkajs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { runConsumer } from './run-consumer.js';

const CONFIG = { autoCommit: false };
const missing = Reflect.construct(kafkajs.KafkaJSGroupCoordinatorNotFound, ['not found']) as Error;
const final = new kafkajs.KafkaJSNonRetriableError('refused for good');

describe('a consumer that kafkajs gave up', () => {
  const emitter = new EventEmitter();
  const run = vi.fn(() => Promise.resolve());
  const onFatal = vi.fn();
  const consumer = {
    events: { CRASH: 'crash', DISCONNECT: 'disconnect' },
    on: (event: string, listener: () => void) => emitter.on(event, listener),
    run,
  } as unknown as Consumer;
  const crash = (error: Error, restart = false) => {
    emitter.emit('disconnect');
    emitter.emit('crash', { payload: { error, restart } });
  };

  beforeEach(async () => {
    vi.useFakeTimers();
    await runConsumer(consumer, CONFIG, onFatal);
    run.mockClear();
  });
  afterEach(() => {
    emitter.removeAllListeners();
    vi.clearAllMocks();
    vi.useRealTimers();
  });

  test('runs anew after a fault that passes, each time it comes', () => {
    for (const times of [1, 2]) {
      crash(missing);
      vi.runAllTimers();
      expect(run).toHaveBeenCalledTimes(times);
    }
    expect(run).toHaveBeenCalledWith(CONFIG);
    expect(onFatal).not.toHaveBeenCalled();
  });

  test('is left alone where kafkajs begins again by itself, where the fault is final, and where its owner left', () => {
    crash(missing, true);
    crash(final);
    vi.runAllTimers();
    expect(onFatal).toHaveBeenCalledExactlyOnceWith(final);
    crash(missing);
    emitter.emit('disconnect');
    vi.runAllTimers();
    expect(run).not.toHaveBeenCalled();
  });
});
