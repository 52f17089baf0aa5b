import { isPodReady, type PersistentVolumeClaim, pods, type Service } from '#api'
import type { Stored } from '#machinery'
import { warningBlocker, warningsAbout } from './events.ts'
import type { Blocker, Present } from './present.ts'
import { unreadyPods } from './workloads.ts'

/** Tells why a Service has no endpoint: no pod has its labels, or none of them is ready. */
export function serviceBlockers(service: Stored<Service>, present: Present): readonly Blocker[] {
  const selector = service.spec?.selector
  if (!selector || service.spec?.type === 'ExternalName') return []
  const labels = Object.entries(selector)
  const selected = present.objects
    .list(pods, service.metadata.namespace)
    .filter(({ metadata }) => labels.every(([name, value]) => metadata.labels?.[name] === value))
  if (selected.length === 0) {
    const text = labels.map(([name, value]) => `${name}=${value}`).join(',')
    return [{ text: `no pod has the labels ${text}, so it has no endpoints` }]
  }
  const ready = selected.filter(isPodReady)
  if (ready.length === selected.length) return []
  const text = `${ready.length} of the ${selected.length} pods that it selects are Ready`
  return [{ text, behind: unreadyPods(selected, present) }]
}

/** Tells why a claim has no volume. */
export function claimBlockers(
  claim: Stored<PersistentVolumeClaim>,
  present: Present,
): readonly Blocker[] {
  if (claim.status?.phase === 'Bound') return []
  const warned = warningsAbout(present, claim).map((each) => warningBlocker(each, present))
  const storage = claim.spec?.storageClassName
  const named = storage ? ` of the class ${storage}` : ''
  return [{ text: `no volume${named} is bound to it`, behind: warned }]
}
