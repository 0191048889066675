import { EupneaError } from '#libs/contracts';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';

const ANSWER_WITHIN_MS = 1_000;

/**
 * One run per data folder. The holder listens on a loopback port that it writes into `lock` and answers with the
 * folder's path: the operating system lets go of a port even when the holder is killed, so no lock is ever stale, and
 * a process that happens to have the number of a dead one is no holder.
 * @returns releases the lock
 * @throws EupneaError DATA_FOLDER_UNUSABLE when another run holds the folder
 */
export async function lockHome(home: string): Promise<() => void> {
  const file = join(home, 'lock');
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end(home);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  const mine = `${process.pid} ${(server.address() as AddressInfo).port}\n`;
  for (;;) {
    try {
      writeFileSync(file, mine, { flag: 'wx' });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const [pid, port] = readFileSync(file, 'utf8').split(' ').map(Number);
      if (await answersFor(home, port ?? 0)) {
        server.close();
        throw new EupneaError('DATA_FOLDER_UNUSABLE', `another Eupnea (process ${pid}) already runs on ${home}`, {
          hint: 'Use that one, stop it with Ctrl-C, or set EUPNEA_HOME to another folder.',
        });
      }
      rmSync(file, { force: true });
    }
  }
  return () => {
    server.close();
    rmSync(file, { force: true });
  };
}

function answersFor(home: string, port: number): Promise<boolean> {
  if (!Number.isInteger(port) || port <= 0) return Promise.resolve(false);
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ port, host: '127.0.0.1' });
    socket.setTimeout(ANSWER_WITHIN_MS, () => socket.destroy());
    socket.on('data', (data) => (text += data.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text === home));
  });
}
