import type { Status } from './request.ts';
import { failure } from './status.ts';

const reasons = new Map([
  [400, 'BadRequest'],
  [404, 'NotFound'],
  [429, 'TooManyRequests'],
  [501, 'NotImplemented'],
  [503, 'ServiceUnavailable'],
  [504, 'Timeout'],
]);

/** Why a stream to a board ended, as Kubernetes' clients read it. */
export function streamFailure({
  code,
  message,
}: {
  readonly code: number;
  readonly message: string;
}): Status {
  return failure(code, reasons.get(code) ?? 'InternalError', message);
}
