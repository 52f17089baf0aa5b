import type { ApiRequest, UserInfo } from '#machinery'
import { badRequest } from '#machinery/status'
import type { AuthorizationAttributes } from '../authz/authorizer.ts'
import { type ImpersonatedParts, impersonatedParts } from './impersonation-headers.ts'

/**
 * The user that the request is to be made as: the one who asks, or the one named by the
 * `Impersonate-…` headers if the asker may impersonate each part of it.
 */
export async function impersonated(
  request: ApiRequest,
  user: UserInfo,
  authorize: (attributes: AuthorizationAttributes) => void | Promise<void>,
): Promise<UserInfo> {
  const { name, groups, uid, extra } = impersonatedParts(request)
  if (name === undefined) {
    const requested = referencesOf({ groups, uid, extra })
    if (requested.length === 0) return user
    throw badRequest(`requested [${requested.join(' ')}] without impersonating a user`)
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

/** What is asked for besides a user, as Go prints the references to it. */
function referencesOf({ groups, uid, extra }: Omit<ImpersonatedParts, 'name'>): readonly string[] {
  const version = 'authentication.k8s.io/v1'
  const extras = Object.entries(extra).flatMap(([key, values]) =>
    values.map((value) => `{UserExtra  ${value}  ${version}  ${key}}`),
  )
  return [
    ...groups.map((group) => `{Group  ${group}    }`),
    ...extras,
    ...(uid === undefined ? [] : [`{UID  ${uid}  ${version}  }`]),
  ]
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

/** Groups that follow from the name, as if the user had authenticated, unless some say otherwise. */
function completeGroups(name: string, groups: readonly string[]): readonly string[] {
  if (name === 'system:anonymous') {
    return groups.includes(unauthenticated) ? groups : [...groups, unauthenticated]
  }
  const [namespace] = name.startsWith(accountPrefix)
    ? name.slice(accountPrefix.length).split(':')
    : []
  const own =
    groups.length === 0 && namespace
      ? ['system:serviceaccounts', `system:serviceaccounts:${namespace}`]
      : groups
  const isListed = own.includes(authenticated) || own.includes(unauthenticated)
  return isListed ? own : [...own, authenticated]
}

const authenticated = 'system:authenticated'
const unauthenticated = 'system:unauthenticated'
