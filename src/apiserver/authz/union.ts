import { andThen, type MaybePromise } from '#lib'
import type { UserInfo } from '#machinery'
import type { AuthorizationAttributes, Authorizer, Decision, SubjectRules } from './authorizer.ts'

/** An authorizer that answers from what it has at hand, as all that are built in do. */
export interface SyncAuthorizer extends Authorizer {
  authorize(attributes: AuthorizationAttributes): Decision
  rulesFor(user: UserInfo, namespace: string): SubjectRules
}

/**
 * The first authorizer that allows or denies decides; what the others said, or what went wrong with them, is kept for a
 * refusal. It answers at once where those do that are asked.
 */
export function unionAuthorizer(authorizers: readonly Authorizer[]): Authorizer {
  return Object.freeze<Authorizer>({
    name: 'union',
    authorize: (attributes, signal) =>
      askInTurn(authorizers, { attributes, signal, reasons: [], errors: [] }),
    rulesFor(user, namespace, signal) {
      const all = authorizers.map((authorizer) => authorizer.rulesFor(user, namespace, signal))
      const later = all.some((each) => each instanceof Promise)
      return later ? Promise.all(all).then(allRules) : allRules(all as readonly SubjectRules[]) // Cast: none is later.
    },
  })
}

interface Asking {
  readonly attributes: AuthorizationAttributes
  readonly signal: AbortSignal
  /** What those have said that have decided nothing. */
  readonly reasons: string[]
  readonly errors: string[]
}

function askInTurn(
  authorizers: readonly Authorizer[],
  asking: Asking,
  at = 0,
): MaybePromise<Decision> {
  const { attributes, signal, reasons, errors } = asking
  const authorizer = authorizers[at]
  if (!authorizer) {
    const error = errors.length > 1 ? `[${errors.join(', ')}]` : errors[0]
    return { kind: 'noOpinion', reason: reasons.join('\n'), ...(error !== undefined && { error }) }
  }
  return andThen(authorizer.authorize(attributes, signal), (decision) => {
    if (decision.kind !== 'noOpinion') return decision
    if (decision.reason !== '') reasons.push(decision.reason)
    if (decision.error !== undefined) errors.push(decision.error)
    return askInTurn(authorizers, asking, at + 1)
  })
}

function allRules(all: readonly SubjectRules[]): SubjectRules {
  const faults = all.flatMap(({ evaluationError = [] }) => evaluationError)
  return {
    resourceRules: all.flatMap(({ resourceRules }) => resourceRules),
    nonResourceRules: all.flatMap(({ nonResourceRules }) => nonResourceRules),
    incomplete: all.some(({ incomplete }) => incomplete),
    ...(faults.length > 0 && { evaluationError: faults.join(', ') }),
  }
}
