import type { Pod, PodTemplateSpec } from '#api'
import { groupResourceOf, type KubeObject, type Resource } from '#machinery'
import type { CheckedPod } from './checks/check.ts'

/** The parts of all workloads in which templates stand. */
interface WithTemplate extends KubeObject {
  readonly template?: PodTemplateSpec
  readonly spec?: {
    readonly template?: PodTemplateSpec
    readonly jobTemplate?: { readonly spec?: { readonly template?: PodTemplateSpec } }
  }
}

const workloads: ReadonlySet<string> = new Set([
  ...['replicationcontrollers', 'podtemplates', 'replicasets.apps', 'deployments.apps'],
  ...['statefulsets.apps', 'daemonsets.apps', 'jobs.batch', 'cronjobs.batch'],
])

/** Whether objects of the resource make pods from a template of theirs. */
export function hasTemplate(resource: Pick<Resource, 'group' | 'plural'>): boolean {
  return workloads.has(groupResourceOf(resource))
}

/** The template of a workload as a pod; undefined where it has none. */
export function templateToCheck(object: KubeObject): CheckedPod | undefined {
  // Cast: the plugin asks about workloads alone, which have a template in one of these places.
  const { template, spec } = object as WithTemplate
  const found = template ?? spec?.template ?? spec?.jobTemplate?.spec?.template
  return found && checkedPod(found)
}

/** The parts of a pod that are checked. */
export function checkedPod({ metadata, spec }: Pick<Pod, 'metadata' | 'spec'>): CheckedPod {
  return { annotations: metadata?.annotations ?? {}, spec: spec ?? { containers: [] } }
}

/** Whether an update of a pod changes what is checked: of what may change, the images alone. */
export function isSignificant({ spec: now }: Pod, { spec: before }: Pod): boolean {
  const old = new Map((before?.ephemeralContainers ?? []).map((each) => [each.name, each]))
  return (
    differ(now?.containers, before?.containers) ||
    differ(now?.initContainers, before?.initContainers) ||
    (now?.ephemeralContainers ?? []).some(({ name, image }) => old.get(name)?.image !== image)
  )
}

interface WithImage {
  readonly image?: string
}

function differ(now: readonly WithImage[] = [], before: readonly WithImage[] = []): boolean {
  return now.length !== before.length || now.some(({ image }, i) => image !== before[i]?.image)
}
