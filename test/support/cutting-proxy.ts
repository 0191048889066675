import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';

/** From hello and the first frame on to a dozen frames. */
const UPSTREAM_BYTES = [1_000, 16_000] as const;
/** From the middle of the handshake on to a dozen acknowledgements. */
const DOWNSTREAM_BYTES = [50, 800] as const;

/**
 * Stands between devices and the gateway, and cuts each connection after a number of bytes, this way or that, in the
 * middle of whatever they are. By bytes and not by time, so that a slow machine sees the same cuts.
 */
export class CuttingProxy {
  private readonly sockets = new Set<Socket>();
  cuts = 0;
  private constructor(private readonly server: Server) {}

  /** @param random draws from [0, 1) */
  static async start(targetPort: number, random: () => number): Promise<CuttingProxy> {
    const server = createServer();
    const proxy = new CuttingProxy(server);
    const draw = ([least, most]: readonly [number, number]) => least + Math.floor((most - least) * random());
    server.on('connection', (client) => {
      const target = connect({ port: targetPort, host: '127.0.0.1' });
      const isUpstream = random() < 0.5;
      proxy.pass(client, target, isUpstream ? draw(UPSTREAM_BYTES) : Infinity);
      proxy.pass(target, client, isUpstream ? Infinity : draw(DOWNSTREAM_BYTES));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  private pass(from: Socket, to: Socket, bytes: number): void {
    let left = bytes;
    this.sockets.add(from);
    from.on('data', (data: Buffer) => {
      if (left <= 0) return;
      to.write(data.subarray(0, left));
      left -= data.length;
      if (left > 0) return;
      this.cuts += 1;
      to.destroySoon(); // what came through arrives, and nothing after it
      from.destroy();
    });
    from.on('error', () => undefined);
    from.on('close', () => {
      this.sockets.delete(from);
      to.destroySoon();
    });
  }

  close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}
