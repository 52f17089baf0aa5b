import { formatTime, type Stored } from '#machinery'
import type {
  CertificateSigningRequest,
  CertificateSigningRequestCondition,
} from '../../../generated/types/certificates-v1.ts'
import { change } from '../../../shared/change.ts'

type Conditions = readonly CertificateSigningRequestCondition[]

/** The conditions of one type, in their order. */
export function conditionsOf({ status }: CertificateSigningRequest, type: string): Conditions {
  return (status?.conditions ?? []).filter((condition) => condition.type === type)
}

/** The request with the times of its conditions: of what is new, now. */
export function withTimes(
  request: CertificateSigningRequest,
  old: Stored<CertificateSigningRequest>,
  nowMs: number,
): CertificateSigningRequest {
  const { conditions } = request.status ?? {}
  if (!conditions) return request
  const now = formatTime(nowMs)
  const since = ({ type, status }: CertificateSigningRequestCondition) =>
    conditionsOf(old, type).find((each) => each.status === status && each.lastTransitionTime)
      ?.lastTransitionTime ?? now
  const timed = conditions.map((condition) =>
    change(condition, {
      lastUpdateTime: condition.lastUpdateTime ?? now,
      lastTransitionTime: condition.lastTransitionTime ?? since(condition),
    }),
  )
  return change(request, { status: change(request.status ?? {}, { conditions: timed }) })
}

/** The request with decisions as they are: they are changed by `/approval` alone. */
export function withDecisionsOf(
  request: CertificateSigningRequest,
  old: Stored<CertificateSigningRequest>,
): CertificateSigningRequest {
  let kept = request.status?.conditions ?? []
  for (const type of ['Approved', 'Denied']) {
    const decided = conditionsOf(old, type)
    if (decided.length !== conditionsOf(request, type).length) continue
    const rest = [...decided]
    kept = kept.map((condition) => (condition.type === type ? rest.shift()! : condition))
  }
  if (!request.status?.conditions) return request
  return change(request, { status: change(request.status, { conditions: kept }) })
}
