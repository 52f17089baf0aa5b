import { type Pod, type PriorityClass, pods, priorityClasses } from '#api'
import type { Admission, AdmissionAttributes, AdmissionContext } from '../admission.ts'
import { isAbout, objectAs, refuse } from '../attributes.ts'

const preempt = 'PreemptLowerPriority'

/** Upstream's Priority: the number and the preemption policy of a pod come from its class. */
export const priorityAdmission: Admission = {
  name: 'Priority',
  handles: (attributes) =>
    (attributes.verb === 'create' || attributes.verb === 'update') &&
    (isAbout(attributes, pods) || isAbout(attributes, priorityClasses)),
  mutate(attributes, context) {
    if (!isAbout(attributes, pods)) return attributes.object
    const pod = objectAs<Pod>(attributes.object)
    if (attributes.verb === 'update') return withOldPriority(pod, attributes.old as Pod | undefined)
    return withPriority(pod, attributes, context)
  },
  validate(attributes, { objects }) {
    const draft = objectAs<PriorityClass>(attributes.object ?? {})
    if (!isAbout(attributes, priorityClasses) || !draft.globalDefault) return
    const other = objects
      .list(priorityClasses)
      .find(({ globalDefault, metadata }) => globalDefault && metadata.name !== attributes.name)
    if (!other) return
    const { name } = other.metadata
    const why = `PriorityClass ${name} is already marked as default. Only one default can exist`
    throw refuse(attributes, why)
  },
}

function withOldPriority(pod: Pod, old: Pod | undefined): Pod {
  if (!pod.spec || !old?.spec) return pod
  const { priority = old.spec.priority, preemptionPolicy = old.spec.preemptionPolicy } = pod.spec
  if (priority === pod.spec.priority && preemptionPolicy === pod.spec.preemptionPolicy) return pod
  const kept = {
    ...(priority !== undefined && { priority }),
    ...(preemptionPolicy !== undefined && { preemptionPolicy }),
  }
  return { ...pod, spec: { ...pod.spec, ...kept } }
}

function withPriority(pod: Pod, attributes: AdmissionAttributes, context: AdmissionContext): Pod {
  if (!pod.spec) return pod
  const found = classOf(pod, attributes, context)
  const priority = found?.value ?? 0
  const preemptionPolicy = found?.preemptionPolicy ?? preempt
  const { priority: given, preemptionPolicy: givenPolicy } = pod.spec
  if (given !== undefined && given !== priority) {
    throw refuse(
      attributes,
      `the integer value of priority (${given}) must not be provided in pod spec; priority admission controller computed ${priority} from the given PriorityClass name`,
    )
  }
  if (givenPolicy !== undefined && givenPolicy !== preemptionPolicy) {
    throw refuse(
      attributes,
      `the string value of PreemptionPolicy (${givenPolicy}) must not be provided in pod spec; priority admission controller computed ${preemptionPolicy} from the given PriorityClass name`,
    )
  }
  const name = found?.metadata?.name
  const named = name ? { priorityClassName: name } : {}
  return { ...pod, spec: { ...pod.spec, ...named, priority, preemptionPolicy } }
}

function classOf(
  pod: Pod,
  attributes: AdmissionAttributes,
  { objects }: AdmissionContext,
): PriorityClass | undefined {
  const name = pod.spec?.priorityClassName
  if (!name) return lowestDefault(objects.list(priorityClasses))
  const found = objects.get(priorityClasses, { name })
  if (!found) throw refuse(attributes, `no PriorityClass with name ${name} was found`)
  return found
}

/** Should several be marked as default for all, the lowest counts. */
function lowestDefault(classes: readonly PriorityClass[]): PriorityClass | undefined {
  return classes
    .filter(({ globalDefault }) => globalDefault)
    .reduce<PriorityClass | undefined>(
      (least, each) => (least && (least.value ?? 0) <= (each.value ?? 0) ? least : each),
      undefined,
    )
}

/** The classes that every cluster has; made at the start. */
export const systemPriorityClasses: readonly PriorityClass[] = [
  systemClass(
    'system-node-critical',
    2_000_001_000,
    'Used for system critical pods that must not be moved from their current node.',
  ),
  systemClass(
    'system-cluster-critical',
    2_000_000_000,
    'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  ),
]

function systemClass(name: string, value: number, description: string): PriorityClass {
  return {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name },
    value,
    description,
    preemptionPolicy: preempt,
  }
}
