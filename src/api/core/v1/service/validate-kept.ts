/** What an update may change of a Service's addresses and families: it gains or loses the second. */
import { type FieldErrors, fieldPath, invalidField } from '#machinery/validation'
import type { ServiceSpec } from '../../../generated/types/index.ts'

const path = fieldPath('spec')

const isHeadless = ({ clusterIPs = [] }: ServiceSpec): boolean =>
  clusterIPs.length === 1 && clusterIPs[0] === 'None'

/** Checks that the first of each stays, and the second unless its policy says that it goes. */
export function validateKept(spec: ServiceSpec, old: ServiceSpec): FieldErrors {
  if (spec.type === 'ExternalName' || old.type === 'ExternalName') return []
  const [isNow, was] = [isHeadless(spec), isHeadless(old)]
  return [
    ...(isNow && was ? [] : keptAddresses(spec, old)),
    ...(isNow || was ? [] : keptFamilies(spec, old)),
  ]
}

const unchangeable = 'may not change once set'

/** Upstream: validateUpgradeDowngradeClusterIPs. */
function keptAddresses(spec: ServiceSpec, old: ServiceSpec): FieldErrors {
  const [now, before] = [spec.clusterIPs ?? [], old.clusterIPs ?? []]
  const at = path.child('clusterIPs')
  if (now.length === before.length) {
    return before.flatMap((ip, index) =>
      ip === now[index] ? [] : [invalidField(at.index(index), now, unchangeable)],
    )
  }
  const first = at.index(0)
  const isGone = now.length === 0
  const isOther = !isGone && before.length > 0 && now[0] !== before[0]
  return [
    ...(isGone ? [invalidField(first, now, 'primary clusterIP can not be unset')] : []),
    ...(isOther ? [invalidField(first, now, unchangeable)] : []),
    ...released(now, before, spec, 'clusterIP'),
  ]
}

/** Upstream: validateUpgradeDowngradeIPFamilies, with the paths and values that it shows. */
function keptFamilies(spec: ServiceSpec, old: ServiceSpec): FieldErrors {
  const [now, before] = [spec.ipFamilies ?? [], old.ipFamilies ?? []]
  const first = path.child('ipFamilies').index(0)
  const { clusterIPs = [] } = spec
  if (now.length === before.length) {
    return before.flatMap((family, index) =>
      family === now[index] ? [] : [invalidField(first, now, unchangeable)],
    )
  }
  const isGone = now.length < before.length && clusterIPs.length === 0
  const isOther = now.length > 0 && before.length > 0 && now[0] !== before[0]
  return [
    ...(isGone ? [invalidField(first, now, 'primary ipFamily can not be unset')] : []),
    ...(isOther ? [invalidField(first, clusterIPs, unchangeable)] : []),
    ...released(now, before, spec, 'ipFamily'),
  ]
}

function released(
  now: readonly string[],
  before: readonly string[],
  { ipFamilyPolicy }: ServiceSpec,
  what: string,
): FieldErrors {
  if (now.length !== 1 || before.length < 2 || ipFamilyPolicy === 'SingleStack') return []
  const detail = `must be set to 'SingleStack' when releasing the secondary ${what}`
  return [invalidField(path.child('ipFamilyPolicy'), ipFamilyPolicy ?? null, detail)]
}
