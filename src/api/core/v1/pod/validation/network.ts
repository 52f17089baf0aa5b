import {
  checkDns1123Subdomain,
  checkDns1123SubdomainWithUnderscore,
  type FieldErrors,
  type FieldPath,
  invalidField,
  requiredField,
  validateIp,
} from '#machinery/validation'
import type { HostAlias, PodDNSConfig, PodSpec } from '../../../../generated/types/index.ts'
import {
  eachItem,
  ensure,
  invalidWith,
  requireKnown,
  requireValue,
} from '../../../../shared/checks.ts'

const dnsPolicies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']
const maxNameservers = 3
const maxSearches = 32
const maxSearchCharacters = 2048

/** Where a pod's containers have their resolver's configuration from. */
export function validateDnsPolicy(policy: string | undefined, path: FieldPath): FieldErrors {
  return requireKnown(policy, path, dnsPolicies)
}

/** How a pod's containers resolve names. */
export function validateDns(spec: PodSpec, path: FieldPath): FieldErrors {
  const at = path.child('dnsConfig')
  return [
    ...(spec.dnsPolicy === 'None' ? validateOwnDns(spec.dnsConfig, at) : []),
    ...(spec.dnsConfig ? validateDnsConfig(spec.dnsConfig, at) : []),
  ]
}

/** Lines for the containers' hosts file. */
export function validateHostAliases(
  aliases: readonly HostAlias[] | undefined,
  path: FieldPath,
): FieldErrors {
  return eachItem(aliases, path, ({ ip, hostnames = [] }, at) => [
    ...validateIp(ip ?? '', at.child('ip')),
    ...eachItem(hostnames, at.child('hostnames'), (name, index) =>
      invalidWith(index, name, checkDns1123Subdomain(name)),
    ),
  ])
}

function validateOwnDns(config: PodDNSConfig | undefined, path: FieldPath): FieldErrors {
  const when = 'when `dnsPolicy` is None'
  if (!config) return [requiredField(path, `must provide \`dnsConfig\` ${when}`)]
  return requireValue(
    config.nameservers?.length,
    path.child('nameservers'),
    `must provide at least one DNS nameserver ${when}`,
  )
}

function validateDnsConfig(config: PodDNSConfig, path: FieldPath): FieldErrors {
  const { nameservers = [], searches = [], options } = config
  const [servers, lists] = [path.child('nameservers'), path.child('searches')]
  return [
    ...ensure(nameservers.length <= maxNameservers, () =>
      invalidField(servers, nameservers, `must not have more than ${maxNameservers} nameservers`),
    ),
    ...eachItem(nameservers, servers, (server, at) => validateIp(server, at)),
    ...ensure(searches.length <= maxSearches, () =>
      invalidField(lists, searches, `must not have more than ${maxSearches} search paths`),
    ),
    ...ensure(searches.join(' ').length <= maxSearchCharacters, () =>
      invalidField(
        lists,
        searches,
        `must not have more than ${maxSearchCharacters} characters (including spaces) in the search list`,
      ),
    ),
    ...eachItem(searches, lists, (search, at) => {
      const name = search === '.' ? '' : search.replace(/\.$/, '')
      return name === '' ? [] : invalidWith(at, name, checkDns1123SubdomainWithUnderscore(name))
    }),
    ...eachItem(options, path.child('options'), ({ name }, at) =>
      requireValue(name, at, 'must not be empty'),
    ),
  ]
}
