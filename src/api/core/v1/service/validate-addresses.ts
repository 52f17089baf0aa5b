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

/** An address that packets from elsewhere can have as their target. */
export function validateReachableIp(value: string, path: FieldPath): FieldErrors {
  const ip = parseIp(value)
  if (!ip) return validateIp(value, path)
  const first = ip.bytes[0] ?? 0
  const second = ip.bytes[1] ?? 0
  const ranges: readonly (readonly [boolean, string])[] =
    ip.family === 4
      ? [
          [ip.text === '0.0.0.0', 'may not be unspecified (0.0.0.0 or ::)'],
          [first === 127, 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
          [
            first === 169 && second === 254,
            'may not be in the link-local range (169.254.0.0/16, fe80::/10)',
          ],
          [
            ip.text.startsWith('224.0.0.'),
            'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
          ],
        ]
      : [
          [ip.text === '::', 'may not be unspecified (0.0.0.0 or ::)'],
          [ip.text === '::1', 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
          [
            first === 0xfe && second >> 6 === 2,
            'may not be in the link-local range (169.254.0.0/16, fe80::/10)',
          ],
          [
            first === 0xff && (second & 0xf) === 2,
            'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
          ],
        ]
  return ranges.flatMap(([isIn, message]) =>
    ensure(!isIn, () => invalidField(path, value, message)),
  )
}
