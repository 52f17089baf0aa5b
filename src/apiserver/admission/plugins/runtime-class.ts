import { type Pod, pods, type RuntimeClass, runtimeClasses } from '#api'
import { deepEqual, goQuote } from '#machinery'
import type { Admission, AdmissionAttributes, AdmissionContext } from '../admission.ts'
import { isAbout, objectAs, refuse } from '../attributes.ts'

/** Upstream's RuntimeClass: what the class costs and where it runs become part of the pod. */
export const runtimeClassAdmission: Admission = {
  name: 'RuntimeClass',
  handles: (attributes) => attributes.verb === 'create' && isAbout(attributes, pods),
  mutate(attributes, context) {
    const pod = objectAs<Pod>(attributes.object)
    const found = classOf(pod, attributes, context)
    if (!found || !pod.spec) return pod
    return withScheduling(withOverhead(pod, found, attributes), found, attributes)
  },
  validate(attributes, context) {
    const pod = objectAs<Pod>(attributes.object ?? {})
    const overhead = classOf(pod, attributes, context)?.overhead?.podFixed
    if (!pod.spec?.overhead || overhead) return
    throw refuse(
      attributes,
      'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
    )
  },
}

function classOf(
  { spec }: Pod,
  attributes: AdmissionAttributes,
  { objects }: AdmissionContext,
): RuntimeClass | undefined {
  const name = spec?.runtimeClassName
  if (!name) return undefined
  const found = objects.get(runtimeClasses, { name })
  if (!found) throw refuse(attributes, `pod rejected: RuntimeClass ${goQuote(name)} not found`)
  return found
}

function withOverhead(pod: Pod, { overhead }: RuntimeClass, attributes: AdmissionAttributes): Pod {
  const fixed = overhead?.podFixed
  if (!fixed || !pod.spec) return pod
  if (pod.spec.overhead && !deepEqual(pod.spec.overhead, fixed)) {
    throw refuse(
      attributes,
      "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
    )
  }
  return { ...pod, spec: { ...pod.spec, overhead: fixed } }
}

function withScheduling(
  pod: Pod,
  { scheduling }: RuntimeClass,
  attributes: AdmissionAttributes,
): Pod {
  if (!scheduling || !pod.spec) return pod
  const own = pod.spec.nodeSelector ?? {}
  for (const [key, value] of Object.entries(scheduling.nodeSelector ?? {})) {
    if (own[key] === undefined || own[key] === value) continue
    throw refuse(
      attributes,
      `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own[key]}`,
    )
  }
  const nodeSelector = { ...own, ...scheduling.nodeSelector }
  const present = pod.spec.tolerations ?? []
  const added = (scheduling.tolerations ?? []).filter(
    (toleration) => !present.some((each) => deepEqual(each, toleration)),
  )
  const spec = {
    ...pod.spec,
    ...(Object.keys(nodeSelector).length > 0 && { nodeSelector }),
    ...(added.length > 0 && { tolerations: [...present, ...added] }),
  }
  return { ...pod, spec }
}
