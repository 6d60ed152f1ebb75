import { connect, type Socket } from 'node:net';
import type { Request } from './requests.ts';

/** A keep-alive connection with one request in flight; resolves with the status. */
class Connection {
  private socket: Socket;
  private received = '';
  private waiting: ((status: number) => void) | undefined;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1').setNoDelay(true).setEncoding('latin1');
    this.socket.on('data', (text) => {
      this.received += text;
      const end = this.received.indexOf('\r\n\r\n');
      if (end === -1) return;
      const length = Number(/content-length: (\d+)/i.exec(this.received)?.[1] ?? 0);
      if (this.received.length < end + 4 + length) return;
      const status = Number(this.received.slice(9, 12));
      this.received = '';
      this.waiting?.(status);
    });
    this.socket.on('error', () => this.waiting?.(0));
  }
  send(bytes: Buffer): Promise<number> {
    return new Promise((resolve) => {
      this.waiting = resolve;
      this.socket.write(bytes);
    });
  }
  close(): void {
    this.socket.destroy();
  }
}

export type Outcome = {
  perSecond: number;
  p50: number;
  p99: number;
  failed: number;
  startedAt: bigint;
  sentAt: Map<string, bigint>;
};

/** As fast as `connections` in turn can go: until the requests are used up, or for `seconds`. */
export async function flood(port: number, requests: Request[], connections: number, seconds = 600): Promise<Outcome> {
  let next = 0;
  let failed = 0;
  const latencies: number[] = [];
  const sentAt = new Map<string, bigint>();
  const startedAt = process.hrtime.bigint();
  const deadline = startedAt + BigInt(seconds * 1e9);
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const connection = new Connection(port);
      while (next < requests.length && process.hrtime.bigint() < deadline) {
        const request = requests[next++] as Request;
        const begun = process.hrtime.bigint();
        sentAt.set(request.id, begun);
        const status = await connection.send(request.bytes);
        latencies.push(Number(process.hrtime.bigint() - begun) / 1e6);
        if (status !== 200) failed++;
      }
      connection.close();
    }),
  );
  const elapsed = Number(process.hrtime.bigint() - startedAt) / 1e9;
  return { perSecond: latencies.length / elapsed, ...quantiles(latencies), failed, startedAt, sentAt };
}

/** At a steady rate, measured from the time at which each request was due, so that a stall is not hidden. */
export async function steady(port: number, requests: Request[], perSecond: number): Promise<Outcome> {
  const idle = Array.from({ length: 64 }, () => new Connection(port));
  const all = [...idle];
  let failed = 0;
  const latencies: number[] = [];
  const sentAt = new Map<string, bigint>();
  const startedAt = process.hrtime.bigint();
  const pending: Promise<void>[] = [];
  for (let n = 0; n < requests.length; ) {
    const dueUntil = Math.min(
      requests.length,
      Math.floor((Number(process.hrtime.bigint() - startedAt) / 1e9) * perSecond) + 1,
    );
    for (; n < dueUntil; n++) {
      const request = requests[n] as Request;
      const due = startedAt + BigInt(Math.round((n / perSecond) * 1e9));
      const connection = idle.pop() ?? new Connection(port);
      if (!all.includes(connection)) all.push(connection);
      sentAt.set(request.id, due);
      pending.push(
        connection.send(request.bytes).then((status) => {
          latencies.push(Number(process.hrtime.bigint() - due) / 1e6);
          if (status !== 200) failed++;
          idle.push(connection);
        }),
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(pending);
  for (const connection of all) connection.close();
  const elapsed = Number(process.hrtime.bigint() - startedAt) / 1e9;
  return { perSecond: latencies.length / elapsed, ...quantiles(latencies), failed, startedAt, sentAt };
}

export function quantiles(values: number[]): { p50: number; p99: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (q: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}
