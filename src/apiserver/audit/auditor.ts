import type { Clock, Logger, MetricRegistry, Random } from '#lib'
import type { ApiRequest } from '#machinery'
import type { OpenAudit } from '../request/request-audit.ts'
import { type AuditPolicy, auditEvaluator } from './policy.ts'
import type { AuditSink, AuditWorld, Recording } from './sink.ts'
import { openTrail, unaudited } from './trail.ts'

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
  metrics,
  audit,
  tracing,
}: {
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly metrics: MetricRegistry
  readonly audit?: AuditOptions
  /** Whether traces name requests by their IDs. */
  readonly tracing?: object
}): OpenAudit {
  const recording = audit && recordingOf(audit, metrics)
  const world: AuditWorld = { clock, log, recording }
  const ids = random.fork('audit')
  // Requests that are refused at the door are no inputs of a simulation, and shift nothing in it.
  const idsAtTheDoor = random.fork('audit at the door')
  return (request) => {
    if (!recording && !tracing && isInProcess(request)) return unaudited
    const given = request.headers['audit-id']
    const id = given || (request.user ? ids : idsAtTheDoor).uuid()
    return openTrail(world, request, id)
  }
}

/** Counts under upstream's names. */
function recordingOf({ policy, sink }: AuditOptions, metrics: MetricRegistry): Recording {
  const counter = (name: string, help: string, ...labels: readonly string[]) =>
    metrics.counter({ name: `apiserver_audit_${name}`, help, stability: 'ALPHA', labels })
  return {
    evaluate: auditEvaluator(policy),
    sink,
    events: counter('event_total', 'Events that were handed to the audit log.')(),
    levels: counter('level_total', 'Requests by the level that the policy has for them.', 'level'),
    rejected: counter('requests_rejected_total', 'Requests refused for want of an audit event.')(),
  }
}

function isInProcess({ user, isFromOutside }: ApiRequest): boolean {
  return user !== undefined && !isFromOutside
}
