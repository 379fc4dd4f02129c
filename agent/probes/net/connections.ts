import type { ProbeConnections } from '../port.ts';
import { grpcCheck } from './grpc.ts';
import { httpCheck } from './http.ts';
import { tcpCheck } from './tcp.ts';

/** The real network, from the board's own namespace. */
export const networkConnections: ProbeConnections = { http: httpCheck, tcp: tcpCheck, grpc: grpcCheck };
