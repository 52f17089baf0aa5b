import {
  type FieldErrors,
  type FieldPath,
  invalidField,
  parseIp,
  requiredField,
  validateIp,
} from '#machinery/validation'
import type { ServiceSpec } from '../../../generated/types/index.ts'
import { eachItem, ensure, onlyOnce, requireOneOf } from '../../../shared/checks.ts'

/**
 * Checks the addresses of a Service within the cluster, of at most one for each family, and what is
 * said of the families (upstream: ValidateServiceClusterIPsRelatedFields).
 */
export function validateClusterIps(spec: ServiceSpec, path: FieldPath): FieldErrors {
  const { clusterIPs = [], ipFamilies, ipFamilyPolicy } = spec
  if (spec.type === 'ExternalName') return []
  const [at, families] = [path.child('clusterIPs'), path.child('ipFamilies')]
  const seen = new Set<string>()
  const addressErrors = clusterIPs.flatMap((ip, index) => validateClusterIp(ip, at, index, spec))
  const errors = [
    ...validateFirst(spec, at),
    ...eachItem(ipFamilies, families, (family, index) => [
      ...requireOneOf(family, index, ['IPv4', 'IPv6']),
      ...onlyOnce(seen, family, index),
    ]),
    ...(ipFamilyPolicy === undefined
      ? []
      : requireOneOf(ipFamilyPolicy, path.child('ipFamilyPolicy'), [
          'PreferDualStack',
          'RequireDualStack',
          'SingleStack',
        ])),
    ...addressErrors,
    ...ensure(clusterIPs.length <= 2, () =>
      invalidField(at, clusterIPs, 'may only hold up to 2 values'),
    ),
  ]
  // What is said of families would mislead where an address is none.
  if (addressErrors.length > 0) return errors
  return [
    ...errors,
    ...ensure(isOfOneFamilyEach(clusterIPs), () =>
      invalidField(at, clusterIPs, 'may specify no more than one IP for each IP family'),
    ),
    ...validateFamilies(spec, at),
  ]
}

/** `clusterIP` and the first of `clusterIPs` are the same. */
function validateFirst({ clusterIP, clusterIPs = [] }: ServiceSpec, at: FieldPath): FieldErrors {
  const [first] = clusterIPs
  if (!clusterIP) {
    return ensure(first === undefined, () =>
      invalidField(at, clusterIPs, 'must be empty when `clusterIP` is not specified'),
    )
  }
  if (first === undefined) return [requiredField(at)]
  return ensure(first === clusterIP, () =>
    invalidField(at, clusterIPs, 'first value must match `clusterIP`'),
  )
}

function validateClusterIp(
  ip: string,
  at: FieldPath,
  index: number,
  { clusterIPs = [] }: ServiceSpec,
): FieldErrors {
  if (index > 0 || ip !== 'None') return validateIp(ip, at.index(index))
  return ensure(clusterIPs.length === 1, () =>
    invalidField(at, clusterIPs, "'None' must be the first and only value"),
  )
}

function isOfOneFamilyEach(ips: readonly string[]): boolean {
  const families = ips.flatMap((ip) => parseIp(ip)?.family ?? [])
  // Upstream asks for both families, whatever the number of addresses.
  return ips.length < 2 || new Set(families).size === 2
}

function validateFamilies(
  { clusterIPs = [], ipFamilies = [] }: ServiceSpec,
  at: FieldPath,
): FieldErrors {
  if (clusterIPs[0] === 'None') return []
  return clusterIPs.flatMap((ip, index) => {
    const family = ipFamilies[index]
    const isIPv6 = parseIp(ip)?.family === 6
    if (family === undefined || (family === 'IPv6') === isIPv6) return []
    if (family !== 'IPv4' && family !== 'IPv6') return []
    const detail = `expected an ${family} value as indicated by \`ipFamilies[${index}]\``
    return [invalidField(at.index(index), ip, detail)]
  })
}
