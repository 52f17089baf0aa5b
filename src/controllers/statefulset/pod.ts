import {
  type ControllerRevision,
  type PersistentVolumeClaim,
  type Pod,
  type StatefulSet,
  statefulSets,
} from '#api'
import type { ObjectMeta, Stored } from '#machinery'
import { podFromTemplate } from '../shared/pods.ts'
import { templateOf } from '../shared/revisions.ts'

export const revisionLabel = 'controller-revision-hash'
const podNameLabel = 'statefulset.kubernetes.io/pod-name'
const podIndexLabel = 'apps.kubernetes.io/pod-index'

type Created<T> = T & { readonly metadata: ObjectMeta }

export function podName(set: Stored<StatefulSet>, ordinal: number): string {
  return `${set.metadata.name}-${ordinal}`
}

/** The ordinal in a pod's name; undefined for a pod that is not named after the set. */
export function ordinalOf(set: Stored<StatefulSet>, { metadata }: Stored<Pod>): number | undefined {
  const prefix = `${set.metadata.name}-`
  const rest = metadata.name.startsWith(prefix) ? metadata.name.slice(prefix.length) : ''
  return /^\d+$/.test(rest) ? Number(rest) : undefined
}

export function podRevision({ metadata }: Stored<Pod>): string | undefined {
  return metadata.labels?.[revisionLabel]
}

/** The pod of an ordinal from a revision's template: a stable name, host name and volumes. */
export function statefulPod(
  set: Stored<StatefulSet>,
  ordinal: number,
  revision: Stored<ControllerRevision>,
): Created<Pod> {
  const base = podFromTemplate(set, statefulSets, templateOf(revision))
  const { generateName: _, ...metadata } = base.metadata
  const name = podName(set, ordinal)
  const claims = set.spec?.volumeClaimTemplates ?? []
  const claimed = claims.map((claim) => ({
    name: claim.metadata?.name ?? '',
    persistentVolumeClaim: { claimName: claimName(set, claim, ordinal) },
  }))
  const others = (base.spec?.volumes ?? []).filter(
    (volume) => !claimed.some((each) => each.name === volume.name),
  )
  const volumes = [...claimed, ...others]
  const { serviceName } = set.spec ?? {}
  return {
    ...base,
    metadata: {
      ...metadata,
      name,
      labels: {
        ...metadata.labels,
        [podNameLabel]: name,
        [podIndexLabel]: `${ordinal}`,
        [revisionLabel]: revision.metadata.name,
      },
    },
    spec: {
      containers: [],
      ...base.spec,
      hostname: name,
      ...(serviceName ? { subdomain: serviceName } : {}),
      ...(volumes.length > 0 ? { volumes } : {}),
    },
  }
}

function claimName(set: Stored<StatefulSet>, claim: PersistentVolumeClaim, ordinal: number) {
  return `${claim.metadata?.name}-${podName(set, ordinal)}`
}

/** The volume claims of an ordinal, which outlive its pods. */
export function claimsOf(
  set: Stored<StatefulSet>,
  ordinal: number,
): readonly Created<PersistentVolumeClaim>[] {
  const { namespace } = set.metadata
  return (set.spec?.volumeClaimTemplates ?? []).map((claim) => ({
    ...claim,
    metadata: {
      ...claim.metadata,
      name: claimName(set, claim, ordinal),
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...claim.metadata?.labels, ...set.spec?.selector.matchLabels },
    },
  }))
}
