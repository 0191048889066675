/** A bare `ws` server as a yardstick: acknowledges every frame and does nothing else. Prints its port; `cpu` asks for its CPU seconds. */
import type { AddressInfo } from 'node:net';
import { decodeFrame } from '#libs/device-client';
import { WebSocketServer } from 'ws';

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
server.on('connection', (socket) => {
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary)
      socket.send(JSON.stringify({ type: 'ack', durableOffset: (decodeFrame(data)?.sampleOffset ?? 0) + 16_000 }));
    else if (String(data) !== 'cpu') socket.send(JSON.stringify({ type: 'welcome' }));
    else {
      const { user, system } = process.cpuUsage();
      socket.send(JSON.stringify({ cpuSeconds: (user + system) / 1e6 }));
    }
  });
});
server.once('listening', () => console.log((server.address() as AddressInfo).port));
