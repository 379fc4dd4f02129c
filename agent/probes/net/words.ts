/** `host:port`, an IPv6 address in brackets. */
export function hostAndPort(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ECONNRESET: 'read: connection reset by peer',
  ENOTFOUND: 'no such host',
  ETIMEDOUT: 'i/o timeout',
};

/** What went wrong with a connection, in the words that people know from the kubelet. */
export function connectionWords(error: unknown): string {
  const { code = '', message = String(error) } = (error ?? {}) as NodeJS.ErrnoException;
  return words[code] ?? message;
}

export function isTimeout(error: unknown): boolean {
  const { name, code } = (error ?? {}) as NodeJS.ErrnoException;
  return name === 'AbortError' || name === 'TimeoutError' || code === 'ABORT_ERR';
}
