import 'reflect-metadata';
import { EupneaError } from '#libs/contracts';
import type { DynamicModule, INestApplication, Provider } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { exitOnFatal } from './fatal.js';
import { Health } from './health.js';
import { type Logger, NestLogger, createLogger } from './logger.js';
import { startDefaultMetrics } from './metrics.js';
import { OperationsController } from './operations.controller.js';
import { followSupervisor } from './supervised.js';

/** Injection token of the service's logger; `Health` is injected by its class. */
export const LOGGER = Symbol('logger');

export interface ServiceOptions {
  name: string;
  port: number;
  /** Address to listen on. */
  host: string;
  /** The variable that sets the port, for the message when it is taken. */
  portSetting: string;
  logLevel: string;
  module: DynamicModule;
  /** Called before listening, for OpenAPI and alike. */
  prepare?: (app: INestApplication) => void;
}

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Boots a Nest service with logs, /health/live, /health/ready and /metrics, and stops it gracefully: a signal closes
 * the application, whose providers drain in `onApplicationShutdown`.
 * @throws EupneaError PORT_IN_USE
 */
export async function runService(options: ServiceOptions): Promise<void> {
  const logger = createLogger(options.name, options.logLevel);
  exitOnFatal(logger);
  followSupervisor();
  startDefaultMetrics(options.name);
  const app = await NestFactory.create(withOperations(options.module, logger), {
    logger: new NestLogger(logger),
    abortOnError: false,
    forceCloseConnections: true,
  });
  options.prepare?.(app);
  await listen(app, options);
  logger.info({ host: options.host, port: options.port }, `listening on ${options.host}:${options.port}`);

  let stopping = false;
  for (const signal of STOP_SIGNALS) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      logger.info(`${signal}: draining`);
      void app.close().then(
        () => process.exit(0),
        (error: unknown) => {
          logger.error({ err: error }, 'could not drain; the log replays what was not committed');
          process.exit(1);
        },
      );
    });
  }
}

function withOperations(module: DynamicModule, logger: Logger): DynamicModule {
  const providers: Provider[] = [Health, { provide: LOGGER, useValue: logger }];
  class Root {}
  return {
    module: Root,
    global: true,
    imports: [module],
    controllers: [OperationsController],
    providers,
    exports: [Health, LOGGER],
  };
}

async function listen(app: INestApplication, options: ServiceOptions): Promise<void> {
  try {
    await app.listen(options.port, options.host);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new EupneaError(
      'PORT_IN_USE',
      `${options.name} wants port ${options.port}, and another process listens there`,
      {
        hint: `Stop that process, or set ${options.portSetting} to a free port.`,
        cause: error,
      },
    );
  }
}
