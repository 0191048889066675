import { connect } from 'node:net';

const ANSWER_WITHIN_MS = 2_000;

/** Content when the address answers with a 2xx; a 503 of /health/ready names the checks that are not content. */
export function httpProbe(url: string): () => Promise<string | undefined> {
  return async () => {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
      const body = await response.text();
      return response.ok ? undefined : waitingFor(body) || `${url} (status ${response.status})`;
    } catch {
      return `${url} to answer`;
    }
  };
}

function waitingFor(body: string): string {
  try {
    const { checks } = JSON.parse(body) as { checks: Record<string, { ok: boolean; detail?: string }> };
    return Object.entries(checks)
      .filter(([, check]) => !check.ok)
      .map(([name, check]) => (check.detail ? `${name} (${check.detail})` : name))
      .join(', ');
  } catch {
    return '';
  }
}

/** Content when the port accepts a connection. */
export function tcpProbe(port: number): () => Promise<string | undefined> {
  return () =>
    new Promise((resolve) => {
      const socket = connect({ port, host: 'localhost' });
      const answer = (detail?: string) => {
        socket.destroy();
        resolve(detail);
      };
      socket.setTimeout(ANSWER_WITHIN_MS, () => answer(`port ${port} to answer`));
      socket.once('connect', () => answer());
      socket.once('error', () => answer(`port ${port} to open`));
    });
}
