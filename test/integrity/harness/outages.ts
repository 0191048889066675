import { rmSync } from 'node:fs';
import { EupneaError } from '#libs/contracts';
import { fill, mountSmallDisk } from '../../support/small-disk.js';
import type { Scene, SceneOptions } from './scene.js';
import { SlowProxy } from './slow-proxy.js';

/** A trouble that comes, stays for a while, and goes. */
export interface Trouble {
  /** What the scene needs for it. */
  options?: Pick<SceneOptions, 'folders' | 'prepare'>;
  come(scene: Scene): Promise<void>;
  go(scene: Scene): Promise<void>;
  /** Nothing that the load sends is acknowledged meanwhile. */
  stopsDelivery?: boolean;
  /** Tidies up after the scene. */
  end?(): Promise<void> | void;
}

const SMALL_DISK_MEBIBYTES = 1_024;
const SLOW_MS = 3_000;

export const OUTAGES = {
  clickhouse: (): Trouble => ({
    come: async ({ stack }) => void (await stack.kill('local-clickhouse')),
    go: ({ stack }) => stack.run('local-clickhouse'),
  }),
  broker: (): Trouble => ({
    stopsDelivery: true,
    come: async ({ stack }) => void (await stack.kill('local-kafka')),
    go: ({ stack }) => stack.run('local-kafka'),
  }),
  /** Seconds for every statement. */
  'slow-clickhouse': (): Trouble => {
    let proxy: SlowProxy | undefined;
    return {
      options: {
        prepare: async (stack) => {
          proxy = await SlowProxy.before(stack.port('local-clickhouse'));
          stack.set('CLICKHOUSE_URL', proxy.url);
        },
      },
      come: async () => void ((proxy as SlowProxy).delayMs = SLOW_MS),
      go: async () => void ((proxy as SlowProxy).delayMs = 0),
      end: () => proxy?.close(),
    };
  },
  /** Nothing more fits on the broker's disk. Needs the right to mount one. */
  'disk-full': (): Trouble => {
    const disk = mountSmallDisk(SMALL_DISK_MEBIBYTES);
    if (disk === undefined) {
      throw new EupneaError('USAGE', 'this user may not mount a small disk', { hint: 'Run it as root, on Linux.' });
    }
    let inTheWay = '';
    return {
      options: { folders: { 'local-kafka': disk.folder } },
      stopsDelivery: true,
      come: async () => void (inTheWay = fill(disk.folder)),
      go: async () => rmSync(inTheWay),
      end: () => disk.unmount(),
    };
  },
} satisfies Record<string, () => Trouble>;

export type Outage = keyof typeof OUTAGES;
