import type { Kind } from '@bramble/protocol/kinds.ts';
import type { Status, StatusCause, StatusDetails } from './request.ts';

/** Ends a request with a Status; thrown by the pure parts, turned into the answer by the pipeline. */
export class StatusError extends Error {
  readonly status: Status;

  constructor(status: Status) {
    super(status.message ?? status.status);
    this.name = 'StatusError';
    this.status = status;
  }
}

/** `pods`, or `leases.coordination.k8s.io` outside the core group. */
export function resourceName(kind: Kind): string {
  return kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
}

export function failure(code: number, reason: string, message: string, details?: StatusDetails): Status {
  const base = { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Failure' } as const;
  return { ...base, message, reason, ...(details ? { details } : {}), code };
}

export function success(code: number, details?: StatusDetails): Status {
  const base = { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Success' } as const;
  return { ...base, ...(details ? { details } : {}), code };
}

function detailsOf(kind: Kind, name: string): StatusDetails {
  return { name, ...(kind.group === '' ? {} : { group: kind.group }), kind: kind.plural };
}

export function notFound(kind: Kind, name: string): StatusError {
  return new StatusError(
    failure(404, 'NotFound', `${resourceName(kind)} "${name}" not found`, detailsOf(kind, name)),
  );
}

export function alreadyExists(kind: Kind, name: string): StatusError {
  const message = `${resourceName(kind)} "${name}" already exists`;
  return new StatusError(failure(409, 'AlreadyExists', message, detailsOf(kind, name)));
}

export function conflict(kind: Kind, name: string, why: string, subresource?: string): StatusError {
  const resource = subresource ? `${resourceName(kind)}/${subresource}` : resourceName(kind);
  const message = `Operation cannot be fulfilled on ${resource} "${name}": ${why}`;
  return new StatusError(failure(409, 'Conflict', message, detailsOf(kind, name)));
}

export const modified =
  'the object has been modified; please apply your changes to the latest version and try again';

export function forbidden(
  kind: Kind,
  name: string,
  why: string,
  causes?: readonly StatusCause[],
): StatusError {
  const subject = name === '' ? resourceName(kind) : `${resourceName(kind)} "${name}"`;
  const details = { ...detailsOf(kind, name), ...(causes ? { causes } : {}) };
  return new StatusError(failure(403, 'Forbidden', `${subject} is forbidden: ${why}`, details));
}

/** One cause for each wrong field; several are told in brackets, as Kubernetes does. */
export function invalid(kindName: string, name: string, causes: readonly StatusCause[]): StatusError {
  const [kind = '', ...group] = kindName.split('.');
  const texts = causes.map((cause) =>
    cause.field === '' ? cause.message : `${cause.field}: ${cause.message}`,
  );
  const told = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  const details = { name, ...(group.length > 0 ? { group: group.join('.') } : {}), kind, causes };
  return new StatusError(failure(422, 'Invalid', `${kindName} "${name}" is invalid: ${told}`, details));
}

export function invalidObject(kind: Kind, name: string, causes: readonly StatusCause[]): StatusError {
  return invalid(kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`, name, causes);
}

export function badRequest(message: string): StatusError {
  return new StatusError(failure(400, 'BadRequest', message));
}

export function unauthorized(): Status {
  return failure(401, 'Unauthorized', 'Unauthorized');
}

export function expired(message: string): Status {
  return failure(410, 'Expired', message);
}

export function methodNotSupported(kind: Kind, verb: string): StatusError {
  const message = `${verb} is not supported on resources of kind "${resourceName(kind)}"`;
  return new StatusError(failure(405, 'MethodNotAllowed', message, detailsOf(kind, '')));
}

export function unknownResource(): StatusError {
  // kubectl reads `details` of such an answer without looking whether there are any.
  const details = {};
  return new StatusError(
    failure(404, 'NotFound', 'the server could not find the requested resource', details),
  );
}

/** What Kubernetes has and Bramble does not have yet. */
export function notBuilt(what: string): StatusError {
  return new StatusError(failure(501, 'NotImplemented', `Bramble does not support ${what} yet`));
}

export function tooLarge(limitBytes: number): StatusError {
  const message = `Request entity too large: limit is ${limitBytes} bytes`;
  return new StatusError(failure(413, 'RequestEntityTooLarge', message));
}

/** `supported`: the media types that would have done. */
export function unsupportedMediaType(message: string): StatusError {
  return new StatusError(failure(415, 'UnsupportedMediaType', message));
}

export function notAcceptable(supported: readonly string[]): StatusError {
  const message = `only the following media types are accepted: ${supported.join(', ')}`;
  return new StatusError(failure(406, 'NotAcceptable', message));
}

/** The fault is on this side; `message` says what a person can do, when anything. */
export function internalError(message: string): Status {
  const causes = [{ reason: 'UnexpectedServerResponse', message, field: '' }];
  return failure(500, 'InternalError', `Internal error occurred: ${message}`, { causes });
}

export function unavailable(message: string): StatusError {
  return new StatusError(failure(503, 'ServiceUnavailable', message));
}

export function tooManyRequests(message: string, retryAfterSeconds: number): StatusError {
  return new StatusError(failure(429, 'TooManyRequests', message, { retryAfterSeconds }));
}

/** A list at a revision that this store has not reached: of another store, or before a restore. */
export function revisionTooLarge(asked: number, current: number): StatusError {
  const message = `Too large resource version: ${asked}, current: ${current}`;
  const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version', field: '' }];
  return new StatusError(failure(504, 'Timeout', `Timeout: ${message}`, { causes, retryAfterSeconds: 1 }));
}
