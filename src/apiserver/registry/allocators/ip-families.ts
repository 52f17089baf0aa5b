import { type Service, services } from '#api'
import { deepEqual, type Stored } from '#machinery'
import { invalid } from '#machinery/status'
import { type FieldError, fieldPath, invalidField, parseIp } from '#machinery/validation'

type Family = 'IPv4' | 'IPv6'

/** Addresses of Services are drawn from one network of this family. */
const own: Family = 'IPv4'
const other: Family = 'IPv6'
const path = fieldPath('spec')

/**
 * A Service with the families of its addresses, on a cluster of IPv4 alone (upstream: initIPFamilyFields).
 * @throws StatusError 422 for families that such a cluster cannot give
 */
export function withFamilies(service: Service, old: Stored<Service> | undefined): Service {
  const { spec } = service
  if (!spec || spec.type === 'ExternalName') return service
  const { clusterIPs = [], selector = {} } = spec
  // Whoever writes the endpoints of such a Service may write those of either family.
  const isFree = clusterIPs[0] === 'None' && Object.keys(selector).length === 0
  const policy =
    spec.ipFamilyPolicy ??
    old?.spec?.ipFamilyPolicy ??
    (isFree ? 'RequireDualStack' : 'SingleStack')
  const families = keptFamilies(service, old, policy)
  const first = mismatches(clusterIPs, families, policy)
  refuse(service, first)
  if (!isFree) refuse(service, unavailable(families, policy))
  const given = families.length > 0 ? families : [own]
  const missing = given[0] === own ? other : own
  const isBoth = isFree && policy !== 'SingleStack' && given.length === 1
  const ipFamilies = isBoth ? [...given, missing] : given
  const isSame = policy === spec.ipFamilyPolicy && deepEqual(ipFamilies, spec.ipFamilies)
  if (isSame) return service
  return { ...service, spec: { ...spec, ipFamilyPolicy: policy, ipFamilies } }
}

/** Who goes back to one family need not say which, unless he changes them himself. */
function keptFamilies(
  { spec }: Service,
  old: Stored<Service> | undefined,
  policy: string,
): readonly string[] {
  const { ipFamilies = [] } = spec ?? {}
  const before = old?.spec?.ipFamilies ?? []
  const isSame = ipFamilies.join() === before.join()
  return policy === 'SingleStack' && isSame ? ipFamilies.slice(0, 1) : ipFamilies
}

function mismatches(
  clusterIPs: readonly string[],
  families: readonly string[],
  policy: string,
): readonly FieldError[] {
  const errors: FieldError[] = []
  const twice = (what: string) =>
    invalidField(
      path.child('ipFamilyPolicy'),
      policy,
      `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`,
    )
  if (policy === 'SingleStack' && clusterIPs.length === 2) errors.push(twice('cluster IPs'))
  if (policy === 'SingleStack' && families.length === 2) errors.push(twice('IP families'))
  for (const [index, ip] of clusterIPs.entries()) {
    if (ip === 'None' || index < families.length || parseIp(ip)?.family !== 6) continue
    const at = path.child('clusterIPs').index(index)
    errors.push(invalidField(at, clusterIPs, `${other} is not configured on this cluster`))
  }
  return errors
}

function unavailable(families: readonly string[], policy: string): readonly FieldError[] {
  const errors: FieldError[] = []
  if (policy === 'RequireDualStack') {
    const why = 'this cluster is not configured for dual-stack services'
    errors.push(invalidField(path.child('ipFamilyPolicy'), policy, why))
  }
  for (const [index, family] of families.entries()) {
    // What is no family at all is refused by validation.
    if (family !== other) continue
    const at = path.child('ipFamilies').index(index)
    errors.push(invalidField(at, family, 'not configured on this cluster'))
  }
  return errors
}

function refuse({ metadata }: Service, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid(services, metadata?.name ?? '', errors)
}
