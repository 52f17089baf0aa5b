import { type Service, services, validateClusterIps } from '#api'
import { deepEqual, type Stored } from '#machinery'
import { invalid } from '#machinery/status'
import { type FieldErrors, fieldPath, invalidField } from '#machinery/validation'
import { familyOf, type IpFamily } from './networks.ts'

const path = fieldPath('spec')

type Spec = NonNullable<Service['spec']>

/** What is known of a Service's families while they are found out. */
interface Families {
  readonly policy: string
  readonly clusterIPs: readonly string[]
  readonly ipFamilies: readonly string[]
}

/**
 * A Service with the families of its addresses, on a cluster that has `families`, the first of them
 * its default (upstream: initIPFamilyFields).
 * @throws StatusError 422 for families that the cluster cannot give, and for what contradicts itself
 */
export function withFamilies(
  service: Service,
  old: Stored<Service> | undefined,
  families: readonly IpFamily[],
): Service {
  const { spec } = service
  if (!spec || spec.type === 'ExternalName') return service
  if (isSamePreference(spec, old?.spec)) return service
  // Whoever writes the endpoints of such a Service may write those of either family.
  const isFree = spec.clusterIP === 'None' && Object.keys(spec.selector ?? {}).length === 0
  const policy = policyOf(spec, old?.spec, isFree)
  refuse(service, validateClusterIps({ ...spec, ipFamilyPolicy: policy }, path))
  const kept = keptFamilies({ ...spec, policy }, old?.spec)
  const { ipFamilies, errors } = inferred(kept, families)
  const reductions = old ? reduced(spec, old.spec ?? {}, policy) : []
  refuse(service, [...reductions, ...repeated(kept), ...errors])
  if (!isFree) refuse(service, unavailable(ipFamilies, policy, families))
  const next = {
    ...spec,
    ipFamilyPolicy: policy,
    ipFamilies: completed({ ...kept, ipFamilies }, isFree, families),
    ...(kept.clusterIPs.length > 0 && { clusterIPs: kept.clusterIPs }),
  }
  return deepEqual(next, spec) ? service : { ...service, spec: next }
}

/** What an update does not say stays as it was. */
function policyOf(spec: Spec, old: Spec | undefined, isFree: boolean): string {
  const usual = isFree ? 'RequireDualStack' : 'SingleStack'
  return spec.ipFamilyPolicy ?? old?.ipFamilyPolicy ?? usual
}

/** The families with the default one where none is said, and the other where both are wanted. */
function completed(
  { policy, ipFamilies }: Families,
  isFree: boolean,
  families: readonly IpFamily[],
): readonly string[] {
  const given = ipFamilies.length > 0 ? ipFamilies : families.slice(0, 1)
  const isBoth = policy !== 'SingleStack' && given.length === 1 && (isFree || families.length === 2)
  return isBoth ? [...given, given[0] === 'IPv4' ? 'IPv6' : 'IPv4'] : given
}

const addressed: readonly string[] = ['ClusterIP', 'NodePort', 'LoadBalancer']

/**
 * Whether a Service that would like both families still says what it said: it neither gains nor loses
 * one because its cluster has (upstream: isMatchingPreferDualStackClusterIPFields).
 */
function isSamePreference(spec: Spec, old: Spec | undefined): boolean {
  if (!old || spec.type !== old.type || !addressed.includes(spec.type ?? '')) return false
  if (spec.ipFamilyPolicy !== 'PreferDualStack') return false
  if (old.ipFamilyPolicy !== undefined && old.ipFamilyPolicy !== 'PreferDualStack') return false
  return sameList(spec.clusterIPs, old.clusterIPs) && sameList(spec.ipFamilies, old.ipFamilies)
}

/** Who goes back to one family need not say which, unless he changes them himself. */
function keptFamilies(
  { policy, clusterIPs = [], ipFamilies = [] }: Spec & { readonly policy: string },
  old: Spec | undefined,
): Families {
  if (!old || policy !== 'SingleStack') return { policy, clusterIPs, ipFamilies }
  return {
    policy,
    clusterIPs: sameList(clusterIPs, old.clusterIPs) ? clusterIPs.slice(0, 1) : clusterIPs,
    ipFamilies: sameList(ipFamilies, old.ipFamilies) ? ipFamilies.slice(0, 1) : ipFamilies,
  }
}

const sameList = (a: readonly string[] = [], b: readonly string[] = []): boolean => deepEqual(a, b)

/** One that gives up a family must say so by its policy. */
function reduced(spec: Spec, old: Spec, policy: string): FieldErrors {
  if (policy === 'SingleStack') return []
  const isFewer = (now: readonly string[] = [], before: readonly string[] = []) =>
    now.length > 0 && now.length < before.length
  const error = (what: string) =>
    invalidField(
      path.child('ipFamilyPolicy'),
      policy,
      `must be 'SingleStack' to release the secondary ${what}`,
    )
  return [
    ...(isFewer(spec.clusterIPs, old.clusterIPs) ? [error('cluster IP')] : []),
    ...(isFewer(spec.ipFamilies, old.ipFamilies) ? [error('IP family')] : []),
  ]
}

function repeated({ policy, clusterIPs, ipFamilies }: Families): FieldErrors {
  if (policy !== 'SingleStack') return []
  const error = (what: string) =>
    invalidField(
      path.child('ipFamilyPolicy'),
      policy,
      `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`,
    )
  return [
    ...(clusterIPs.length === 2 ? [error('cluster IPs')] : []),
    ...(ipFamilies.length === 2 ? [error('IP families')] : []),
  ]
}

/** The families with those of the addresses that were chosen. */
function inferred(
  { clusterIPs, ipFamilies }: Families,
  families: readonly IpFamily[],
): { readonly ipFamilies: readonly string[]; readonly errors: FieldErrors } {
  if (clusterIPs[0] === 'None') return { ipFamilies, errors: [] }
  const more = clusterIPs.map((ip) => familyOf(ip)).slice(ipFamilies.length)
  const errors = more.flatMap((family, index) => {
    if (families.includes(family)) return []
    const at = path.child('clusterIPs').index(ipFamilies.length + index)
    return [invalidField(at, clusterIPs, `${family} is not configured on this cluster`)]
  })
  return { ipFamilies: [...ipFamilies, ...more], errors }
}

function unavailable(
  ipFamilies: readonly string[],
  policy: string,
  families: readonly IpFamily[],
): FieldErrors {
  const why = 'this cluster is not configured for dual-stack services'
  const isImpossible = policy === 'RequireDualStack' && families.length < 2
  const known: readonly string[] = families
  return [
    ...(isImpossible ? [invalidField(path.child('ipFamilyPolicy'), policy, why)] : []),
    ...ipFamilies.flatMap((family, index) => {
      const at = path.child('ipFamilies').index(index)
      return known.includes(family)
        ? []
        : [invalidField(at, family, 'not configured on this cluster')]
    }),
  ]
}

function refuse({ metadata }: Service, errors: FieldErrors): void {
  if (errors.length > 0) throw invalid(services, metadata?.name ?? '', errors)
}
