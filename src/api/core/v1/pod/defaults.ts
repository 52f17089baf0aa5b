import { compareQuantities, formatQuantity, zeroQuantity } from '#machinery/quantity'
import type {
  Container,
  Pod,
  PodSpec,
  PodTemplateSpec,
  ResourceRequirements,
} from '../../../generated/types/index.ts'
import { change, changeMember, fill, fillAbsent, mapItems } from '../../../shared/change.ts'
import { defaultContainer } from './default-containers.ts'
import { defaultVolume } from './default-volumes.ts'
import { isPodLevelResource, podRequests } from './model/requests.ts'

/** A pod with upstream's defaults (`SetDefaults_Pod`); some of them templates do not have. */
export function defaultPod(pod: Pod): Pod {
  if (pod.spec && complete.has(pod.spec)) return pod
  const spec = defaultPodSpec(pod.spec ?? { containers: [] })
  const filled = fillAbsent(requestLimits(hostPorts(spec)), { enableServiceLinks: true })
  const defaulted = defaultPodRequests(change(pod, { spec: filled }))
  if (pod.spec === defaulted.spec && Object.isFrozen(pod.spec)) complete.add(defaulted.spec ?? spec)
  return defaulted
}

/** Specs that have all their defaults: most writes of a pod are of its status and leave it the same. */
const complete = new WeakSet<PodSpec>()

/** A pod template with upstream's defaults (`SetDefaults_PodSpec` and those of its parts). */
export function defaultPodTemplate(template: PodTemplateSpec): PodTemplateSpec {
  return changeMember(template, 'spec', defaultPodSpec)
}

/** The part of a pod's defaults that its templates share. */
export function defaultPodSpec(spec: PodSpec): PodSpec {
  const filled = fillAbsent(
    fill(spec, {
      dnsPolicy: 'ClusterFirst',
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
    }),
    { securityContext: {}, terminationGracePeriodSeconds: 30 },
  )
  return change(mirrorServiceAccount(filled), {
    containers: mapItems(filled.containers ?? [], defaultContainer) ?? [],
    initContainers: mapItems(filled.initContainers, defaultContainer),
    ephemeralContainers: mapItems(filled.ephemeralContainers, defaultContainer),
    volumes: mapItems(filled.volumes, defaultVolume),
  })
}

/** `serviceAccount` is the old name of `serviceAccountName`; the new one wins, both are shown. */
function mirrorServiceAccount(spec: PodSpec): PodSpec {
  const name = spec.serviceAccountName || spec.serviceAccount
  return name ? change(spec, { serviceAccountName: name, serviceAccount: name }) : spec
}

/** Pods on the node's own network listen on the node's ports. */
function hostPorts(spec: PodSpec): PodSpec {
  if (!spec.hostNetwork) return spec
  const open = (container: Container): Container =>
    changeMember(container, 'ports', (ports) =>
      mapItems(ports, (port) => fill(port, { hostPort: port.containerPort })),
    )
  return change(spec, {
    containers: mapItems(spec.containers, open) ?? [],
    initContainers: mapItems(spec.initContainers, open),
  })
}

/** A limit without a request is a request too. */
function requestLimits(spec: PodSpec): PodSpec {
  const request = (container: Container): Container =>
    changeMember(container, 'resources', (resources) => requestFrom(resources, resources.limits))
  return change(spec, {
    containers: mapItems(spec.containers, request) ?? [],
    initContainers: mapItems(spec.initContainers, request),
  })
}

function requestFrom(
  resources: ResourceRequirements,
  source: ResourceRequirements['limits'],
): ResourceRequirements {
  const { requests = {} } = resources
  const missing = Object.entries(source ?? {}).filter(([name]) => !Object.hasOwn(requests, name))
  if (missing.length === 0) return resources
  return { ...resources, requests: Object.fromEntries([...Object.entries(requests), ...missing]) }
}

/**
 * Requests of the pod as a whole, where it has limits as a whole: what its containers request
 * together, else the limit (upstream: defaultPodRequests).
 */
function defaultPodRequests(pod: Pod): Pod {
  const own = pod.spec?.resources
  if (!own?.limits) return pod
  const together = [...podRequests(withoutOwnResources(pod))].filter(
    ([name, value]) => isPodLevelResource(name) && compareQuantities(value, zeroQuantity) !== 0,
  )
  const summed = Object.fromEntries(together.map(([name, value]) => [name, formatQuantity(value)]))
  const limited = Object.entries(own.limits).filter(([name]) => isPodLevelResource(name))
  const resources = requestFrom(requestFrom(own, summed), Object.fromEntries(limited))
  return changeMember(pod, 'spec', (spec) => change(spec, { resources }))
}

function withoutOwnResources(pod: Pod): Pod {
  return changeMember(pod, 'spec', (spec) =>
    change(spec, { resources: undefined, overhead: undefined }),
  )
}
