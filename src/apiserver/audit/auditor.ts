import type { Clock, Logger, Random } from '#lib'
import type { ApiRequest } from '#machinery'
import type { OpenAudit } from '../request/request-audit.ts'
import { type AuditPolicy, auditEvaluator } from './policy.ts'
import type { AuditSink, AuditWorld } from './sink.ts'
import { createTrail, unaudited } from './trail.ts'

/** What is recorded of requests, and where. */
export interface AuditOptions {
  readonly policy: AuditPolicy
  readonly sink: AuditSink
}

/**
 * Makes what begins the audit of each request. Each from outside gets an ID, or keeps the one that it
 * brings (upstream: `WithAuditInit`); those of this process only where somebody may want them.
 */
export function createAuditor({
  clock,
  random,
  log,
  audit,
  tracing,
}: {
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly audit?: AuditOptions
  /** Whether traces name requests by their IDs. */
  readonly tracing?: object
}): OpenAudit {
  const recording = audit && { evaluate: auditEvaluator(audit.policy), sink: audit.sink }
  const world: AuditWorld = { clock, log, recording }
  const ids = random.fork('audit')
  // Requests that are refused at the door are no inputs of a simulation, and shift nothing in it.
  const idsAtTheDoor = random.fork('audit at the door')
  return (request) => {
    if (!recording && !tracing && isInProcess(request)) return unaudited
    const given = request.headers['audit-id']
    const id = given || (request.user ? ids : idsAtTheDoor).uuid()
    return createTrail(world, request, id)
  }
}

function isInProcess({ user, isFromOutside }: ApiRequest): boolean {
  return user !== undefined && !isFromOutside
}
