import { type Deployment, deployments, type PodTemplateSpec, type ReplicaSet } from '#api'
import {
  controllerReference,
  deepEqual,
  fnv32a,
  type KubeObject,
  type ObjectMeta,
  type Stored,
  safeEncodeString,
} from '#machinery'
import { byCreation, desiredReplicas, maxSurge } from './strategy.ts'

const hashLabel = 'pod-template-hash'
const prefix = 'deployment.kubernetes.io'
export const revisionAnnotation = `${prefix}/revision`
const historyAnnotation = `${prefix}/revision-history`
export const desiredAnnotation = `${prefix}/desired-replicas`
export const maxAnnotation = `${prefix}/max-replicas`

/** Annotations that belong to a Deployment or to one ReplicaSet and are not copied between them. */
const ownAnnotations: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionAnnotation,
  historyAnnotation,
  desiredAnnotation,
  maxAnnotation,
  'deprecated.deployment.rollback.to',
])

/** Longest revision-history annotation, in characters (upstream: maxRevHistoryLengthInChars). */
const historyLimit = 2000

/**
 * The revision that an object's annotation names: 0 where there is none, undefined where it is no 64-bit
 * integer (upstream: deploymentutil.Revision). Revisions go beyond 2^53, where numbers lose digits.
 */
export function deploymentRevision(object: KubeObject): bigint | undefined {
  const text = object.metadata?.annotations?.[revisionAnnotation]
  if (text === undefined) return 0n
  if (!/^[+-]?\d{1,19}$/.test(text)) return undefined
  const revision = BigInt(text.replace('+', ''))
  return revision === BigInt.asIntN(64, revision) ? revision : undefined
}

/** The highest revision of ReplicaSets; those with an unreadable one do not count. */
export function maxRevision(replicaSets: readonly KubeObject[]): bigint {
  let highest = 0n
  for (const each of replicaSets) {
    const revision = deploymentRevision(each) ?? 0n
    if (revision > highest) highest = revision
  }
  return highest
}

/** The ReplicaSet that has this Deployment's template now: the oldest, should there be several. */
export function findNewReplicaSet(
  deployment: Deployment,
  replicaSets: readonly Stored<ReplicaSet>[],
): Stored<ReplicaSet> | undefined {
  return replicaSets
    .toSorted(byCreation)
    .find(({ spec }) => equalIgnoringHash(spec?.template, deployment.spec?.template))
}

function equalIgnoringHash(
  a: PodTemplateSpec | undefined,
  b: PodTemplateSpec | undefined,
): boolean {
  return deepEqual(withoutHash(a), withoutHash(b))
}

function withoutHash(template: PodTemplateSpec | undefined): PodTemplateSpec | undefined {
  if (!template?.metadata?.labels) return template
  const { [hashLabel]: _, ...labels } = template.metadata.labels
  return { ...template, metadata: { ...template.metadata, labels } }
}

/** The hash that tells templates apart; `collisionCount` makes another one of the same template. */
export function podTemplateHash(
  template: PodTemplateSpec,
  collisionCount: number | undefined,
): string {
  const text = canonicalJson(template) + (collisionCount === undefined ? '' : `#${collisionCount}`)
  return safeEncodeString(String(fnv32a(text)))
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part) =>
    part && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}

/** The ReplicaSet for the present template, without replicas yet. */
export function newReplicaSet(
  deployment: Stored<Deployment>,
  replicas: number,
  revision: bigint,
): ReplicaSet & { readonly metadata: ObjectMeta & { readonly name: string } } {
  const template = deployment.spec?.template ?? {}
  const hash = podTemplateHash(template, deployment.status?.collisionCount)
  const labels = { ...template.metadata?.labels, [hashLabel]: hash }
  const selector = deployment.spec?.selector
  const { name, namespace } = deployment.metadata
  return {
    metadata: {
      name: `${name}-${hash}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels,
      annotations: {
        ...sharedAnnotations(deployment),
        [revisionAnnotation]: String(revision),
        ...replicaAnnotations(deployment),
      },
      ownerReferences: [controllerReference(deployment, deployments)],
    },
    spec: {
      replicas,
      ...(deployment.spec?.minReadySeconds
        ? { minReadySeconds: deployment.spec.minReadySeconds }
        : {}),
      selector: { ...selector, matchLabels: { ...selector?.matchLabels, [hashLabel]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  }
}

/** True when `replicaSet`, met under the name we wanted, is in truth the one we wanted. */
export function isSameReplicaSet(
  deployment: Stored<Deployment>,
  found: Stored<ReplicaSet>,
): boolean {
  const owner = found.metadata.ownerReferences?.find(({ controller }) => controller)
  return (
    owner?.uid === deployment.metadata.uid &&
    equalIgnoringHash(deployment.spec?.template, found.spec?.template)
  )
}

function sharedAnnotations(deployment: Deployment): Record<string, string> {
  const annotations = Object.entries(deployment.metadata?.annotations ?? {})
  return Object.fromEntries(annotations.filter(([name]) => !ownAnnotations.has(name)))
}

export function replicaAnnotations(deployment: Deployment): Record<string, string> {
  const desired = desiredReplicas(deployment)
  return {
    [desiredAnnotation]: String(desired),
    [maxAnnotation]: String(desired + maxSurge(deployment)),
  }
}

/** The present ReplicaSet's annotations brought up to date: revision, its history, shared ones. */
export function refreshedAnnotations(
  deployment: Deployment,
  replicaSet: Stored<ReplicaSet>,
  revision: bigint,
): Readonly<Record<string, string>> {
  const current = replicaSet.metadata.annotations ?? {}
  const refreshed = { ...current, ...sharedAnnotations(deployment) }
  const old = deploymentRevision(replicaSet)
  // One that somebody has made unreadable is left to them (upstream: SetNewReplicaSetAnnotations).
  if (old === undefined || old >= revision) return refreshed
  refreshed[revisionAnnotation] = String(revision)
  if (old > 0n) refreshed[historyAnnotation] = longerHistory(current[historyAnnotation], old)
  return refreshed
}

function longerHistory(history: string | undefined, revision: bigint): string {
  const revisions = history ? history.split(',') : []
  const added = [...revisions, String(revision)]
  while (added.length > 1 && added.join(',').length > historyLimit) added.shift()
  return added.join(',')
}
