import type { Clock } from '#lib'
import type { Dialer } from '../model/dialer.ts'
import { dialGrpcHealth } from './grpc-health.ts'
import { dialHttp } from './http.ts'
import { dialTcp, openConnection } from './tcp.ts'

/** Dials over the machine's network, from the namespace of this process. */
export function createDialer(clock: Clock): Dialer {
  return Object.freeze({
    http: (request, signal) => dialHttp(clock, request, signal),
    tcp: (request, signal) => dialTcp(clock, request, signal),
    grpcHealth: (request, signal) => dialGrpcHealth(clock, request, signal),
    connect: (request, signal) => openConnection(clock, request, signal),
  } satisfies Dialer)
}
