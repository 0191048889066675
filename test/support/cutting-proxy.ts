import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';

/** Stands between devices and the gateway, and cuts connections in the middle of whatever they carry. */
export class CuttingProxy {
  private readonly pairs = new Set<[Socket, Socket]>();
  private constructor(private readonly server: Server) {}

  static async start(targetPort: number): Promise<CuttingProxy> {
    const server = createServer();
    const proxy = new CuttingProxy(server);
    server.on('connection', (client) => proxy.join(client, connect({ port: targetPort, host: '127.0.0.1' })));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  private join(client: Socket, target: Socket): void {
    const pair: [Socket, Socket] = [client, target];
    this.pairs.add(pair);
    client.pipe(target);
    target.pipe(client);
    for (const socket of pair) {
      socket.on('error', () => undefined);
      socket.on('close', () => this.cut(pair));
    }
  }

  private cut(pair: [Socket, Socket]): void {
    this.pairs.delete(pair);
    for (const socket of pair) socket.destroy();
  }

  /** Cuts one of the open connections, chosen by a number in [0, 1). */
  cutOne(choice: number): void {
    const pairs = [...this.pairs];
    const pair = pairs[Math.floor(choice * pairs.length)];
    if (pair) this.cut(pair);
  }

  close(): Promise<void> {
    for (const pair of this.pairs) this.cut(pair);
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}
