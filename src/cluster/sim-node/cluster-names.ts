import { endpointSlices, services } from '#api'
import type { ApiServer } from '#apiserver'
import type { HostLookup } from '#sim'

/** What the cluster's DNS would answer, looked up in its API. */
export function lookupIn(objects: () => ApiServer['objects']): HostLookup {
  return (name) => {
    const { namespace, service } = name
    const found = objects().get(services, { namespace, name: service })
    const clusterIp = found?.spec?.clusterIP
    if (name.kind === 'service' && clusterIp !== 'None') return clusterIp
    const endpoints = objects()
      .list(endpointSlices, namespace)
      .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === service)
      .flatMap((slice) => slice.endpoints ?? [])
    const wanted = endpoints.find(({ hostname, conditions }) =>
      name.kind === 'pod' ? hostname === name.hostname : conditions?.ready !== false,
    )
    return wanted?.addresses[0]
  }
}
