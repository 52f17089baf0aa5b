import type { ApiRequest, UserInfo } from '#machinery'
import { badRequest } from '#machinery/status'
import type { AuthorizationAttributes } from '../authz/authorizer.ts'

const userHeader = 'impersonate-user'
const groupHeader = 'impersonate-group'
const uidHeader = 'impersonate-uid'
const extraPrefix = 'impersonate-extra-'

/** Whether a request has any of the `Impersonate-…` headers. */
export function asksToBeAnother({ headers }: ApiRequest): boolean {
  for (const name in headers) if (name.startsWith('impersonate-')) return true
  return false
}

/**
 * The user that the request is to be made as: the one who asks, or the one named by the
 * `Impersonate-…` headers if the asker may impersonate each part of it.
 */
export async function impersonated(
  request: ApiRequest,
  user: UserInfo,
  authorize: (attributes: AuthorizationAttributes) => void | Promise<void>,
): Promise<UserInfo> {
  const { headers } = request
  const name = headers[userHeader]
  const groups = listOf(headers[groupHeader])
  const extra = extraOf(headers)
  const uid = headers[uidHeader]
  if (name === undefined) {
    const others = groups.length > 0 || uid !== undefined || Object.keys(extra).length > 0
    if (!others) return user
    throw badRequest(`requested [{Groups ${groups.join(',')}}] without impersonating a user`)
  }
  const may = (resource: string, subresource: string, named: string, group = '') =>
    authorize({
      kind: 'resource',
      user,
      verb: 'impersonate',
      group,
      version: 'v1',
      resource,
      subresource,
      namespace: '',
      name: named,
    })
  await mayBe(name, authorize, user, may)
  for (const group of groups) await may('groups', '', group)
  if (uid !== undefined) await may('uids', '', uid, 'authentication.k8s.io')
  for (const [key, values] of Object.entries(extra)) {
    for (const value of values) await may('userextras', key, value, 'authentication.k8s.io')
  }
  return {
    name,
    groups: completeGroups(name, groups),
    ...(uid === undefined ? {} : { uid }),
    ...(Object.keys(extra).length > 0 ? { extra } : {}),
  }
}

const accountPrefix = 'system:serviceaccount:'

async function mayBe(
  name: string,
  authorize: (attributes: AuthorizationAttributes) => void | Promise<void>,
  user: UserInfo,
  may: (resource: string, subresource: string, named: string) => void | Promise<void>,
): Promise<void> {
  const [namespace, account] = name.startsWith(accountPrefix)
    ? name.slice(accountPrefix.length).split(':')
    : []
  if (!namespace || !account) return may('users', '', name)
  await authorize({
    kind: 'resource',
    user,
    verb: 'impersonate',
    group: '',
    version: 'v1',
    resource: 'serviceaccounts',
    subresource: '',
    namespace,
    name: account,
  })
}

/** Groups that follow from the name, as if the user had authenticated. */
function completeGroups(name: string, groups: readonly string[]): readonly string[] {
  if (name === 'system:anonymous') return [...new Set([...groups, 'system:unauthenticated'])]
  const [namespace] = name.startsWith(accountPrefix)
    ? name.slice(accountPrefix.length).split(':')
    : []
  const own =
    groups.length === 0 && namespace
      ? ['system:serviceaccounts', `system:serviceaccounts:${namespace}`]
      : groups
  return [...new Set([...own, 'system:authenticated'])]
}

function listOf(header: string | undefined): readonly string[] {
  return header === undefined ? [] : header.split(',').map((value) => value.trim())
}

function extraOf(headers: ApiRequest['headers']): Readonly<Record<string, readonly string[]>> {
  const entries = Object.entries(headers)
    .filter(([name]) => name.startsWith(extraPrefix))
    .map(([name, value]) => [decodeURIComponent(name.slice(extraPrefix.length)), listOf(value)])
  return Object.fromEntries(entries)
}
