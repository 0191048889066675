import { join } from 'node:path';
import type { Kafka } from 'kafkajs';
import { type ServiceName, Stack, root } from '../../support/stack.js';
import { patientKafka } from '../oracle/patient-kafka.js';
import { type Verdict, expectedFrom, verify } from '../oracle/verify.js';
import { caughtUp } from './caught-up.js';
import { Load } from './load.js';
import { PeakMemory } from './memory.js';
import { GatewayFleet, type GatewayVerdict } from './gateway-fleet.js';
import { SimulatedFleet } from './simulated-fleet.js';

export interface SceneOptions {
  seed: number;
  /** Awkward devices. */
  streams: number;
  /** Devices of the simulator, beside them. */
  simulated: number;
  /** Devices that send through the gateway; without any there is none. */
  throughGateway?: number;
  /** Data folders other than the scene's own. */
  folders?: Partial<Record<ServiceName, string>>;
  /** Happens when the two servers are up and no service is. */
  prepare?: (stack: Stack) => Promise<void>;
}

/** So that a killed member is missed soon; brokers allow no less. */
const SETTINGS = { KAFKA_SESSION_TIMEOUT_MS: '6000', LOG_LEVEL: 'warn' };

const PROCESSES: readonly ServiceName[] = ['local-kafka', 'local-clickhouse', 'gateway', 'estimator', 'recorder'];

/** The real services over the real local servers, under load, and in the end the oracle's word on what they left. */
export class Scene {
  private fleet: SimulatedFleet | undefined;
  private gatewayFleet: GatewayFleet | undefined;

  private constructor(
    readonly stack: Stack,
    readonly kafka: Kafka,
    readonly load: Load,
    readonly memory: PeakMemory,
  ) {}

  static async begin({ seed, streams, simulated, throughGateway = 0, folders, prepare }: SceneOptions): Promise<Scene> {
    const stack = await Stack.start([], SETTINGS, folders);
    try {
      await prepare?.(stack);
      const brokers = stack.kafkaBrokers;
      const load = new Load(brokers, seed, streams);
      const kafka = patientKafka([brokers]);
      const scene = new Scene(stack, kafka, load, new PeakMemory(stack, PROCESSES));
      const services: ServiceName[] = ['estimator', 'recorder', ...(throughGateway > 0 ? (['gateway'] as const) : [])];
      await Promise.all(services.map((name) => stack.run(name)));
      await load.start();
      if (throughGateway > 0) scene.gatewayFleet = GatewayFleet.start(stack.port('gateway'), throughGateway);
      if (simulated > 0) scene.fleet = SimulatedFleet.start(stack, simulated, seed);
      return scene;
    } catch (error) {
      await stack.stop();
      throw error;
    }
  }

  /** Ends the load, waits until everything is processed, and compares. */
  async settle(): Promise<Verdict & GatewayVerdict> {
    await Promise.all([this.load.stop(), this.fleet?.stop(), this.gatewayFleet?.stop()]);
    this.fleet = undefined;
    await caughtUp(this.kafka);
    this.memory.stop();
    const expected = await expectedFrom(this.kafka, join(root, 'models/default'));
    const verdict = await verify(this.kafka, this.stack.clickhouseUrl, expected);
    const gateway = (await this.gatewayFleet?.verify(this.kafka)) ?? { gatewaySessions: 0, gatewaySessionsBroken: [] };
    return { ...verdict, ...gateway };
  }

  async end(): Promise<void> {
    this.memory.stop();
    this.gatewayFleet?.abandon();
    await Promise.allSettled([this.load.stop(), this.fleet?.stop()]);
    await this.stack.stop();
  }
}
