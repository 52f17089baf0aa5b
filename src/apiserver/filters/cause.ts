import { type ApiRequest, causeHeader, decodeCause, type UserInfo } from '#machinery'

/**
 * The request with the cause that its `Knarr-Cause` header tells, if it comes from one who is believed
 * (docs/adr/0007-cause-header.md): an administrator (`system:masters`), or a node (`system:nodes`)
 * that speaks for its own kubelet. Everybody else's header, and one that cannot be read, changes
 * nothing: it explains a write, and is no reason to refuse it.
 */
export function withBelievedCause(request: ApiRequest, user: UserInfo): ApiRequest {
  const header = request.headers[causeHeader]
  if (header === undefined || request.cause) return request
  const cause = decodeCause(header)
  return cause && maySpeakAs(user, cause.actor) ? { ...request, cause } : request
}

const nodePrefix = 'system:node:'

function maySpeakAs({ name, groups }: UserInfo, actor: string): boolean {
  if (groups.includes('system:masters')) return true
  if (!groups.includes('system:nodes') || !name.startsWith(nodePrefix)) return false
  return actor === `kubelet/${name.slice(nodePrefix.length)}`
}
