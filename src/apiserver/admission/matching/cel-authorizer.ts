import { type AuthorizationQuestion, type CelAuthorizer, PendingAnswer } from '#cel'
import { messageOf } from '#lib'
import type { UserInfo } from '#machinery'
import {
  type FieldSelector,
  parseFieldSelector,
  parseLabelSelector,
  type Selector,
} from '#machinery/selectors'
import type { AuthorizationAttributes, Authorizer, Decision } from '../../authz/authorizer.ts'

/**
 * The authorizer that expressions ask, about the user of a request or about a service account. One that answers
 * later is asked once for each question, and the expression evaluated again.
 */
export function celAuthorizer(authorizer: Authorizer, user: UserInfo): CelAuthorizer {
  const known = new Map<string, Decision>()
  return (question) => {
    try {
      const key = JSON.stringify(question)
      const answer =
        known.get(key) ?? authorizer.authorize(attributesOf(question, user), neverAborted)
      if (answer instanceof Promise)
        throw new PendingAnswer(answer.then((it) => known.set(key, it)))
      const { kind, reason, error } = answer
      return { allowed: kind === 'allow', reason, ...(error !== undefined && { error }) }
    } catch (error) {
      if (error instanceof PendingAnswer) throw error
      return { allowed: false, reason: '', error: messageOf(error) }
    }
  }
}

const neverAborted = new AbortController().signal

function attributesOf(
  { verb, path, resource: asked, serviceAccount }: AuthorizationQuestion,
  sender: UserInfo,
): AuthorizationAttributes {
  const user = serviceAccount ? accountUser(serviceAccount) : sender
  if (!asked) return { kind: 'nonResource', user, verb, path: path ?? '' }
  const { fieldSelector: fields, labelSelector: labels, ...named } = asked
  const fieldSelector = readable(fields, parseFieldSelector)
  const labelSelector = readable(labels, parseLabelSelector)
  return {
    ...{ kind: 'resource', user, verb, version: '*', ...named },
    ...(fieldSelector && { fieldSelector }),
    ...(labelSelector && { labelSelector }),
  }
}

/** What cannot be read narrows nothing down, and so grants nothing that only a part would be granted of. */
function readable<S extends FieldSelector | Selector>(
  text: string,
  parse: (text: string) => S,
): S | undefined {
  try {
    return text === '' ? undefined : parse(text)
  } catch {
    return undefined
  }
}

function accountUser({ namespace, name }: NonNullable<AuthorizationQuestion['serviceAccount']>) {
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
  }
}
