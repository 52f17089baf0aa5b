import type { Pod, Service } from '#api'
import type { Lister } from '#client'
import { keyOf, type Stored } from '#machinery'
import { matchesLabels, selectorFromMap } from '#machinery/selectors'

/** Services without a selector have endpoints that somebody else keeps. */
export function selectsPods({ spec }: Service): boolean {
  return spec?.type !== 'ExternalName' && Object.keys(spec?.selector ?? {}).length > 0
}

/** The pods that a Service selects, in key order. */
export function podsOfService(
  { metadata, spec }: Stored<Service>,
  pods: Lister<Pod>,
): readonly Stored<Pod>[] {
  const selector = selectorFromMap(spec?.selector)
  return pods.list(metadata.namespace).filter((pod) => matchesLabels(selector, pod.metadata.labels))
}

/** Keys of the Services that select a pod. */
export function servicesOfPod(
  { metadata }: Stored<Pod>,
  services: Lister<Service>,
): readonly string[] {
  return services
    .list(metadata.namespace)
    .filter(selectsPods)
    .filter(({ spec }) => matchesLabels(selectorFromMap(spec?.selector), metadata.labels))
    .map(keyOf)
}
