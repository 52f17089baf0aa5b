import {
  type FieldErrors,
  type FieldPath,
  invalidField,
  parseIp,
  validateIp,
} from '#machinery/validation'
import type { ServiceSpec } from '../../../generated/types/index.ts'
import { eachItem, ensure, onlyOnce, requireOneOf } from '../../../shared/checks.ts'

/** The addresses within the cluster, of at most one per family. */
export function validateClusterIps(spec: ServiceSpec, path: FieldPath): FieldErrors {
  const { clusterIP = '', clusterIPs = [], ipFamilies, ipFamilyPolicy } = spec
  if (spec.type === 'ExternalName') return []
  const [at, families] = [path.child('clusterIPs'), path.child('ipFamilies')]
  const seen = new Set<string>()
  return [
    ...(ipFamilyPolicy === undefined
      ? []
      : requireOneOf(ipFamilyPolicy, path.child('ipFamilyPolicy'), [
          'SingleStack',
          'PreferDualStack',
          'RequireDualStack',
        ])),
    ...eachItem(ipFamilies, families, (family, index) => [
      ...requireOneOf(family, index, ['IPv4', 'IPv6']),
      ...onlyOnce(seen, family, index),
    ]),
    ...ensure(clusterIPs.length === 0 || clusterIP === clusterIPs[0], () =>
      invalidField(at, clusterIPs, 'first value must match `clusterIP`'),
    ),
    ...ensure(clusterIPs.length <= 2, () =>
      invalidField(at, clusterIPs, 'may only hold up to 2 values'),
    ),
    ...eachItem(clusterIPs, at, (ip, index, i) => validateClusterIp(ip, index, i)),
    ...ensure(!hasRepeatedFamily(clusterIPs), () =>
      invalidField(at, clusterIPs, 'may specify no more than one IP for each IP family'),
    ),
  ]
}

function validateClusterIp(ip: string, path: FieldPath, index: number): FieldErrors {
  if (ip !== 'None') return validateIp(ip, path)
  return ensure(index === 0, () =>
    invalidField(path, ip, "'None' must be the first and only value"),
  )
}

function hasRepeatedFamily(ips: readonly string[]): boolean {
  const families = ips.flatMap((ip) => parseIp(ip)?.family ?? [])
  return new Set(families).size < families.length
}
