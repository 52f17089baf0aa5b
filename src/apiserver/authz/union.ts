import type { UserInfo } from '#machinery'
import type { AuthorizationAttributes, Authorizer, Decision, SubjectRules } from './authorizer.ts'

/** An authorizer that answers from what it has at hand, as all that are built in do. */
export interface SyncAuthorizer extends Authorizer {
  authorize(attributes: AuthorizationAttributes): Decision
  rulesFor(user: UserInfo, namespace: string): SubjectRules
}

/** The first authorizer that allows or denies decides; what the others said is kept for a refusal. */
export function unionAuthorizer(authorizers: readonly SyncAuthorizer[]): SyncAuthorizer {
  return Object.freeze<SyncAuthorizer>({
    name: 'union',
    authorize(attributes) {
      const reasons: string[] = []
      for (const authorizer of authorizers) {
        const decision = authorizer.authorize(attributes)
        if (decision.kind !== 'noOpinion') return decision
        if (decision.reason !== '') reasons.push(decision.reason)
      }
      return { kind: 'noOpinion', reason: reasons.join('\n') }
    },
    rulesFor(user, namespace) {
      const all = authorizers.map((authorizer) => authorizer.rulesFor(user, namespace))
      const faults = all.flatMap(({ evaluationError = [] }) => evaluationError)
      return {
        resourceRules: all.flatMap(({ resourceRules }) => resourceRules),
        nonResourceRules: all.flatMap(({ nonResourceRules }) => nonResourceRules),
        incomplete: all.some(({ incomplete }) => incomplete),
        ...(faults.length > 0 && { evaluationError: faults.join(', ') }),
      }
    },
  })
}
