import { type Server, type Socket, connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Stands before a server and holds what clients send back for a while, as a server does that takes long. */
export class SlowProxy {
  delayMs = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async before(port: number): Promise<SlowProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const proxy = new SlowProxy(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('connection', (client) => proxy.join(client, port));
    return proxy;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket, port: number): void {
    const upstream = connect({ port, host: '127.0.0.1' });
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.sockets.add(from);
      from.on('error', () => undefined);
      from.once('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
    }
    upstream.pipe(client);
    void this.forwardSlowly(client, upstream);
  }

  /** One piece after the other: what follows waits in the client's socket, which is bounded. */
  private async forwardSlowly(client: Socket, upstream: Socket): Promise<void> {
    try {
      for await (const piece of client) {
        await sleep(this.delayMs);
        if (!upstream.write(piece as Buffer)) await new Promise((resolve) => upstream.once('drain', resolve));
      }
      upstream.end();
    } catch {
      upstream.destroy();
    }
  }
}
