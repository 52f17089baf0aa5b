import { type Namespace, type Pod, pods } from '#api'
import {
  formatDuration,
  groupResourceOf,
  keyOf,
  parseTime,
  type Resource,
  type Stored,
} from '#machinery'
import { nodeBlockers } from './pod.ts'
import type { Blocker, Present } from './present.ts'

/** The most objects that are named one by one. */
const maxNamed = 10

/** Who takes these finalizers away, by upstream's names. */
const removers: Readonly<Record<string, string>> = {
  kubernetes: 'the namespace controller removes it once nothing is left in the namespace',
  foregroundDeletion: 'the garbage collector removes it once the dependents that block are gone',
  orphan: 'the garbage collector removes it once the dependents have lost their owner',
  'batch.kubernetes.io/job-tracking': 'the Job controller removes it once the pod is counted',
  'kubernetes.io/pvc-protection':
    'the pvc-protection controller removes it once no pod uses the claim',
  'kubernetes.io/pv-protection':
    'the pv-protection controller removes it once no claim is bound to the volume',
  'service.kubernetes.io/load-balancer-cleanup':
    "the cloud's service controller removes it once the load balancer is gone",
  'customresourcecleanup.apiextensions.k8s.io':
    'the API server removes it once no object of the kind is left',
}

/** Tells what an object that is being deleted waits for; empty for one that is not. */
export function deletionBlockers(object: Stored, present: Present): readonly Blocker[] {
  if (!object.metadata.deletionTimestamp) return []
  const own = (object.metadata.finalizers ?? []).map((name) => ({
    text: `finalizer ${name}: ${removerOf(object, name)}`,
    behind: behindFinalizer(name, object, present),
  }))
  return [...own, ...ofKind(object, present)]
}

function ofKind(object: Stored, present: Present): readonly Blocker[] {
  switch (object.kind) {
    // Cast: the kind says what it is, here and below.
    case 'Namespace':
      return namespaceBlockers(object as Stored<Namespace>, present)
    case 'Pod':
      return podEndBlockers(object as Stored<Pod>, present)
    default:
      return []
  }
}

/** Says who removes a finalizer: a known controller, or else whoever set it, by the managed fields. */
function removerOf({ metadata }: Stored, finalizer: string): string {
  const known = removers[finalizer]
  if (known) return known
  const setter = metadata.managedFields?.find(({ fieldsV1 }) => {
    const fields = JSON.stringify(fieldsV1 ?? {})
    return fields.includes(JSON.stringify(`v:${JSON.stringify(finalizer)}`).slice(1, -1))
  })?.manager
  const by = setter ? `${setter}, which set it,` : 'whoever set it'
  return `${by} has to remove it from metadata.finalizers`
}

function behindFinalizer(
  finalizer: string,
  { metadata, kind }: Stored,
  present: Present,
): readonly Blocker[] {
  if (finalizer === 'foregroundDeletion') {
    return namedObjects(
      contentOf(present, metadata.namespace).filter(({ object }) =>
        object.metadata.ownerReferences?.some(
          ({ uid, blockOwnerDeletion }) => uid === metadata.uid && blockOwnerDeletion,
        ),
      ),
    )
  }
  if (finalizer !== 'kubernetes.io/pvc-protection' || kind !== 'PersistentVolumeClaim') {
    return []
  }
  return present.objects
    .list(pods, metadata.namespace)
    .filter(({ spec }) =>
      spec?.volumes?.some((each) => each.persistentVolumeClaim?.claimName === metadata.name),
    )
    .map((pod) => ({ text: `pod ${keyOf(pod)} uses it` }))
}

/** Tells what is left in a namespace, and of each what keeps it: the finalizers first. */
function namespaceBlockers(
  { metadata, spec, status }: Stored<Namespace>,
  present: Present,
): readonly Blocker[] {
  const left = contentOf(present, metadata.name)
  const held = left.filter(({ object }) => object.metadata.finalizers?.length)
  const others = left.filter(({ object }) => !object.metadata.finalizers?.length)
  const failures = (status?.conditions ?? [])
    .filter((each) => each.status === 'True' && each.type.endsWith('Failure'))
    .map(({ type, message }) => ({ text: `${type}: ${message ?? ''}` }))
  const foreign = (spec?.finalizers ?? [])
    .filter((name) => name !== 'kubernetes')
    .map((name) => ({ text: `finalizer ${name} of its spec: whoever set it has to finalize it` }))
  return [
    ...failures,
    ...foreign,
    ...namedObjects([...held, ...others], (each) => deletionBlockers(each.object, present)),
  ]
}

interface Placed {
  readonly resource: Resource
  readonly object: Stored
}

function namedObjects(
  all: readonly Placed[],
  behind: (each: Placed) => readonly Blocker[] = () => [],
): readonly Blocker[] {
  const named = all.slice(0, maxNamed).map((each) => ({
    text: `${groupResourceOf(each.resource)}/${each.object.metadata.name} is still there`,
    behind: behind(each),
  }))
  if (all.length <= maxNamed) return named
  return [...named, { text: `and ${all.length - maxNamed} objects more` }]
}

/** Returns the objects of a namespace, or the cluster-scoped ones, each once: views show others' objects. */
function contentOf({ served, objects }: Present, namespace: string | undefined): readonly Placed[] {
  const seen = new Set<string>()
  const scope = namespace === undefined ? 'Cluster' : 'Namespaced'
  return served.all
    .filter((resource) => resource.scope === scope && resource.plural !== 'events')
    .filter(({ verbs }) => verbs.includes('list'))
    .flatMap((resource) =>
      objects.list(resource, namespace).map((object) => ({ resource, object })),
    )
    .filter(({ object: { metadata } }) => {
      const isNew = !seen.has(metadata.uid)
      seen.add(metadata.uid)
      return isNew
    })
}

/** Tells what of a pod still runs, until when it may, and that its node has to confirm the end. */
function podEndBlockers(pod: Stored<Pod>, present: Present): readonly Blocker[] {
  const { metadata, spec, status } = pod
  if (!spec?.nodeName) return []
  const all = [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ]
  const running = all.filter(({ state }) => state?.running).map(({ name }) => name)
  const endMs = parseTime(metadata.deletionTimestamp ?? '')
  const hooks = (spec.containers ?? [])
    .filter(({ name, lifecycle }) => running.includes(name) && lifecycle?.preStop)
    .map(({ name }) => name)
  const hook = hooks.length > 0 ? ` (with a preStop hook: ${hooks.join(', ')})` : ''
  const ends =
    running.length === 0
      ? []
      : [{ text: `still running: ${running.join(', ')}${hook}; ${graceText(endMs, present)}` }]
  return [...nodeBlockers(pod, present), ...ends]
}

function graceText(endMs: number | undefined, { nowMs }: Present): string {
  const leftMs = (endMs ?? nowMs) - nowMs
  if (leftMs <= 0) return 'the grace is over'
  return `killed in ${formatDuration(Math.ceil(leftMs / 1000) * 1000)}, when the grace is over`
}
