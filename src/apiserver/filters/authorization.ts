import { andThen, type MaybePromise } from '#lib'
import type { UserInfo } from '#machinery'
import { exactField, parseFieldSelector, parseLabelSelector } from '#machinery/selectors'
import { internalError } from '#machinery/status'
import type { AuthorizationAttributes, Authorizer } from '../authz/authorizer.ts'
import { refusal } from '../authz/refusal.ts'
import type { AuditNotes } from '../request/request-audit.ts'
import type { RequestInfo } from '../request/request-info.ts'

/**
 * Asks whether the user may do what the attributes say, and returns at once where the authorizer
 * answers at once. The audit is told of a decision on the request itself.
 * @throws StatusError 403 that says why not, 500 where that could not be found out.
 */
export function authorize(
  authorizer: Authorizer,
  attributes: AuthorizationAttributes,
  signal: AbortSignal,
  audit?: AuditNotes,
): MaybePromise<void> {
  return andThen(authorizer.authorize(attributes, signal), (decision) => {
    const isAllowed = decision.kind === 'allow'
    if (!isAllowed && decision.error !== undefined) {
      // What has gone wrong there is for the log of the server.
      audit?.annotate(reasonKey, 'internal error')
      throw internalError(decision.error)
    }
    audit?.annotate('authorization.k8s.io/decision', isAllowed ? 'allow' : 'forbid')
    audit?.annotate(reasonKey, decision.reason)
    if (!isAllowed) throw refusal(attributes, decision.reason)
  })
}

const reasonKey = 'authorization.k8s.io/reason'

/** What a request asks for in the terms of authorization rules. */
export function authorizationAttributesOf(
  info: RequestInfo,
  user: UserInfo,
  query?: URLSearchParams,
): AuthorizationAttributes {
  if (info.kind === 'path') {
    return { kind: 'nonResource', user, verb: info.verb, path: info.path }
  }
  const { verb, group, version, resource, subresource, namespace, name } = info
  const what = {
    kind: 'resource',
    user,
    verb,
    group,
    version,
    resource,
    subresource,
    namespace,
  } as const
  const selectors = selectorVerbs.has(verb) && query ? selectorsOf(query) : {}
  const selected = selectors.fieldSelector && exactField(selectors.fieldSelector, 'metadata.name')
  return { ...what, name: name || (selected ?? ''), ...selectors }
}

/** A selector narrows what these verbs reach; a watch of one object needs no right to all of them. */
const selectorVerbs: ReadonlySet<string> = new Set(['list', 'watch', 'deletecollection'])

function selectorsOf(query: URLSearchParams) {
  const [fields, labels] = [query.get('fieldSelector'), query.get('labelSelector')]
  try {
    return {
      ...(fields ? { fieldSelector: parseFieldSelector(fields) } : {}),
      ...(labels ? { labelSelector: parseLabelSelector(labels) } : {}),
    }
  } catch {
    // One that cannot be read selects nothing here; the handler refuses it with its own text.
    return {}
  }
}
