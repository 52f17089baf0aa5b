import type { Container as ApiContainer, Pod } from '#api'
import { fnv32a, type Stored } from '#machinery'

/** Labels by which the kubelet finds its sandboxes and containers again (upstream's names). */
export const podNameLabel = 'io.kubernetes.pod.name'
export const podNamespaceLabel = 'io.kubernetes.pod.namespace'
export const podUidLabel = 'io.kubernetes.pod.uid'
export const containerNameLabel = 'io.kubernetes.container.name'

/** Annotations that let a restarted kubelet go on where it was. */
export const hashAnnotation = 'io.kubernetes.container.hash'
export const restartCountAnnotation = 'io.kubernetes.container.restartCount'
export const terminationPathAnnotation = 'io.kubernetes.container.terminationMessagePath'
export const terminationPolicyAnnotation = 'io.kubernetes.container.terminationMessagePolicy'
/** What the container declares, for whoever looks at the runtime alone. */
export const portsAnnotation = 'io.kubernetes.container.ports'

/** Ports that its probes and hooks ask, for the same; no Kubernetes has it. */
export const askedPortsAnnotation = 'knarr.dev/asked-ports'

/** Says of an init container that the pod goes on when it ends; no Kubernetes has it either. */
export const runsToEndAnnotation = 'knarr.dev/runs-to-end'

export function podLabels(pod: Stored<Pod>): Readonly<Record<string, string>> {
  return {
    ...pod.metadata.labels,
    [podNameLabel]: pod.metadata.name,
    [podNamespaceLabel]: pod.metadata.namespace ?? '',
    [podUidLabel]: pod.metadata.uid,
  }
}

export function containerLabels(
  pod: Stored<Pod>,
  container: ApiContainer,
): Readonly<Record<string, string>> {
  return {
    [podNameLabel]: pod.metadata.name,
    [podNamespaceLabel]: pod.metadata.namespace ?? '',
    [podUidLabel]: pod.metadata.uid,
    [containerNameLabel]: container.name,
  }
}

/**
 * Tells whether a running container is still the one the spec asks for. Only name and image count,
 * as upstream: a change of anything else does not restart a container.
 */
export function containerHash(container: Pick<ApiContainer, 'name' | 'image'>): string {
  return fnv32a(JSON.stringify({ name: container.name, image: container.image ?? '' })).toString(16)
}

/** `name_namespace(uid)`: how the kubelet's messages name a pod. */
export function formatPod(pod: Stored<Pod>): string {
  return `${pod.metadata.name}_${pod.metadata.namespace ?? ''}(${pod.metadata.uid})`
}
