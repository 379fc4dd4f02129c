import { BrambleError } from '@bramble/protocol/errors.ts';

const causes: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'no such host name is known',
  EAI_AGAIN: 'its name cannot be looked up: this board has no working DNS, or no network yet',
  EHOSTUNREACH: 'no way leads to that host',
  ENETUNREACH: 'this board has no network that leads there',
  ETIMEDOUT: 'it does not answer',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ERR_SSL_WRONG_VERSION_NUMBER: 'what listens there speaks no TLS: is this the port of the API (6443)?',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'what listens there speaks no TLS: is this the port of the API (6443)?',
};

/** A connection that came to nothing, in words that a person can act on; any other error as it is. */
export function explained(url: URL, error: Error): Error {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof BrambleError || code === undefined) return error;
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return new BrambleError('BRAMBLE_CLOCK_WRONG', `${url.host}: ${error.message}`, { cause: error });
  const why = causes[code];
  if (why === undefined) return error;
  return new BrambleError('BRAMBLE_CONTROLLER_UNREACHABLE', `${url.host}: ${why} (${code})`, {
    cause: error,
  });
}
