import type { AuthorizationQuestion, CelAuthorizer } from '#cel'
import { messageOf } from '#lib'
import type { UserInfo } from '#machinery'
import {
  type FieldSelector,
  parseFieldSelector,
  parseLabelSelector,
  type Selector,
} from '#machinery/selectors'
import type { AuthorizationAttributes } from '../../authz/authorizer.ts'
import type { SyncAuthorizer } from '../../authz/union.ts'

/** The authorizer that expressions ask, about the user of a request or about a service account. */
export function celAuthorizer(authorizer: SyncAuthorizer, user: UserInfo): CelAuthorizer {
  return (question) => {
    try {
      const decision = authorizer.authorize(attributesOf(question, user))
      return { allowed: decision.kind === 'allow', reason: decision.reason }
    } catch (error) {
      return { allowed: false, reason: '', error: messageOf(error) }
    }
  }
}

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
