import { EupneaError } from '#libs/contracts';
import { createServer } from 'node:net';

/** A port of the local run, who uses it and which variable moves it. */
export interface PortUse {
  port: number;
  setting: string;
  usedBy: string;
}

/**
 * Checks every port before anything starts.
 * @throws EupneaError CONFIG_INVALID when two programs share a port or one is forbidden; PORT_IN_USE naming every port that is taken
 */
export async function requireFreePorts(uses: PortUse[]): Promise<void> {
  for (const [index, use] of uses.entries()) {
    const other = uses.slice(0, index).find(({ port }) => port === use.port);
    if (other) {
      throw new EupneaError('CONFIG_INVALID', `${other.setting} and ${use.setting} are both ${use.port}`);
    }
  }
  const taken: PortUse[] = [];
  for (const use of uses) {
    const fault = await faultOf(use.port);
    if (fault === 'EACCES') {
      throw new EupneaError('CONFIG_INVALID', `${use.setting}: this user may not listen on port ${use.port}`, {
        hint: 'Low ports belong to the administrator; choose one from 1024 on.',
      });
    }
    if (fault !== undefined) taken.push(use);
  }
  if (taken.length === 0) return;
  const what = taken.map(({ port, usedBy, setting }) => `${port} (${usedBy}, ${setting})`).join(', ');
  const example = taken.map(
    ({ port, setting }) => `${setting}=${port + 10_000 > 65_535 ? port - 10_000 : port + 10_000}`,
  );
  throw new EupneaError('PORT_IN_USE', `another process listens on port ${what}`, {
    hint: `Stop that process, or choose other ports: ${example.join(' ')} npm start`,
  });
}

/** Why one cannot listen on the port, be it on every address or on the loopback alone. */
async function faultOf(port: number): Promise<string | undefined> {
  for (const host of ['127.0.0.1', '0.0.0.0', '::']) {
    const fault = await tryToListen(port, host);
    if (fault !== undefined && fault !== 'EAFNOSUPPORT' && fault !== 'EADDRNOTAVAIL') return fault;
  }
  return undefined;
}

function tryToListen(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'UNKNOWN'));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
