import {
  namespaces,
  persistentVolumeClaims,
  persistentVolumes,
  podDisruptionBudgets,
  replicaSets,
  replicationControllers,
  services,
  statefulSets,
  storageClasses,
} from '#api'
import type { Informer, InformerFactory } from '#client'
import { controllerOf, type KubeObject, keyOf } from '#machinery'
import {
  matchesLabels,
  type Requirement,
  selectorFromMap,
  selectorFromObject,
  selectorOf,
} from '#machinery/selectors'
import type { PodInfo } from '../model/pod-info.ts'
import type { ClusterView } from '../model/snapshot.ts'
import { deviceViewOf } from './device-view.ts'

export interface InformedView extends ClusterView {
  readonly informers: readonly Informer<KubeObject>[]
}

/** The view that informers give. */
export function clusterViewOf(informers: InformerFactory): InformedView {
  const all = {
    namespaces: informers.informer(namespaces),
    services: informers.informer(services),
    replicationControllers: informers.informer(replicationControllers),
    replicaSets: informers.informer(replicaSets),
    statefulSets: informers.informer(statefulSets),
    budgets: informers.informer(podDisruptionBudgets),
    claims: informers.informer(persistentVolumeClaims),
    volumes: informers.informer(persistentVolumes),
    storageClasses: informers.informer(storageClasses),
  }
  const devices = deviceViewOf(informers)

  /** The selector of the workload that controls the pod. */
  const ownerRequirements = ({ pod, namespace }: PodInfo): readonly Requirement[] => {
    const owner = controllerOf(pod)
    if (!owner) return []
    const key = keyOf({ namespace, name: owner.name })
    switch (`${owner.apiVersion} ${owner.kind}`) {
      case 'v1 ReplicationController': {
        const selector = all.replicationControllers.get(key)?.spec?.selector
        return selectorFromMap(selector).requirements
      }
      case 'apps/v1 ReplicaSet':
        return selectorFromObject(all.replicaSets.get(key)?.spec?.selector).requirements
      case 'apps/v1 StatefulSet':
        return selectorFromObject(all.statefulSets.get(key)?.spec?.selector).requirements
      default:
        return []
    }
  }

  const serviceRequirements = ({ namespace, labels }: PodInfo): readonly Requirement[] => {
    const merged: Record<string, string> = {}
    for (const { spec } of all.services.list(namespace)) {
      if (!spec?.selector) continue
      if (matchesLabels(selectorFromMap(spec.selector), labels)) {
        Object.assign(merged, spec.selector)
      }
    }
    return selectorFromMap(merged).requirements
  }

  return {
    informers: [
      ...Object.values(all),
      ...Object.values(devices.informers),
    ] as unknown as readonly Informer<KubeObject>[],
    devices: devices.view,
    namespaceLabels: (name) => all.namespaces.get(name)?.metadata.labels ?? {},
    namespacesMatching: (selector) =>
      all.namespaces
        .list()
        .filter(({ metadata }) => matchesLabels(selector, metadata.labels))
        .map(({ metadata }) => metadata.name),
    groupSelector: (pod) => selectorOf([...serviceRequirements(pod), ...ownerRequirements(pod)]),
    disruptionBudgets: (namespace) => all.budgets.list(namespace),
    claim: (namespace, name) => all.claims.get(keyOf({ namespace, name })),
    volume: (name) => all.volumes.get(name),
    storageClass: (name) => all.storageClasses.get(name),
  }
}
