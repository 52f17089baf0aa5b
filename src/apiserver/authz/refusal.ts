import { goQuote } from '#machinery'
import { forbidden, type StatusError } from '#machinery/status'
import type { AuthorizationAttributes } from './authorizer.ts'

/**
 * 403 for a request that no authorizer allows:
 * `pods is forbidden: User "u" cannot list resource "pods" in API group "" in the namespace "x"`.
 */
export function refusal(attributes: AuthorizationAttributes, reason: string): StatusError {
  const text = refusalText(attributes)
  const why = reason === '' ? text : `${text}: ${reason}`
  if (attributes.kind === 'nonResource') return forbidden({ group: '', plural: '' }, '', why)
  return forbidden({ group: attributes.group, plural: attributes.resource }, attributes.name, why)
}

function refusalText(attributes: AuthorizationAttributes): string {
  const who = `User ${goQuote(attributes.user.name)} cannot ${attributes.verb}`
  if (attributes.kind === 'nonResource') return `${who} path ${goQuote(attributes.path)}`
  const { group, resource, subresource, namespace } = attributes
  const what = goQuote(subresource === '' ? resource : `${resource}/${subresource}`)
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${goQuote(namespace)}`
  return `${who} resource ${what} in API group ${goQuote(group)} ${where}`
}
