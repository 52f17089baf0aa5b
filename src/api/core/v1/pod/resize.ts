/** `/resize`: other amounts of cpu and memory for containers that run. */
import {
  deepEqual,
  type FieldErrors,
  fieldPath,
  forbiddenField,
  invalidField,
  type Stored,
} from '#machinery'
import type { Container, Pod, ResourceRequirements } from '../../../generated/types/index.ts'
import { change, changeMember, mapItems } from '../../../shared/change.ts'
import { ensure } from '../../../shared/checks.ts'
import { podQosClass } from './qos.ts'
import { isStatic } from './validate-update.ts'
import { validatePodSpec } from './validation.ts'

const path = fieldPath('spec')

/** The stored pod with the draft's resources and resize policies, and nothing else of it. */
export function resizedPod(draft: Pod, old: Stored<Pod>): Pod {
  const all = [...(draft.spec?.containers ?? []), ...(draft.spec?.initContainers ?? [])]
  const wanted = new Map(all.map((container) => [container.name, container]))
  const resize = (container: Container): Container => {
    const next = wanted.get(container.name)
    if (!next) return container
    return change(container, { resources: next.resources, resizePolicy: next.resizePolicy })
  }
  const spec = changeMember<Pod, 'spec'>(old, 'spec', (oldSpec) =>
    change(oldSpec, {
      containers: mapItems(oldSpec.containers, resize) ?? [],
      initContainers: mapItems(oldSpec.initContainers, resize),
      ...(draft.spec?.resources && { resources: draft.spec.resources }),
    }),
  ).spec
  return change<Pod>(old, { spec, metadata: draft.metadata })
}

/** Only cpu and memory may change, and not so that the pod gets another quality of service. */
export function validateResize(pod: Pod, old: Stored<Pod>): FieldErrors {
  const before = old.status?.qosClass ?? podQosClass(old)
  const after = podQosClass(pod)
  return [
    ...(pod.spec ? validatePodSpec(pod.spec, path) : []),
    ...ensure(!isStatic(old), () => forbiddenField(path, 'static pods may not be resized')),
    ...ensure(before === after, () =>
      invalidField(path, after, 'Pod QOS Class may not change as a result of resizing'),
    ),
    ...ensure(onlyHostResourcesDiffer(pod, old), () =>
      forbiddenField(path, 'only cpu and memory resources are mutable'),
    ),
  ]
}

function onlyHostResourcesDiffer(pod: Pod, old: Pod): boolean {
  const fixed = ({ spec }: Pod) =>
    [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].map(({ resources }) =>
      fixedPart(resources),
    )
  return deepEqual(fixed(pod), fixed(old))
}

function fixedPart(resources: ResourceRequirements | undefined): unknown {
  const rest = (list: ResourceRequirements['limits']) =>
    Object.fromEntries(
      Object.entries(list ?? {}).filter(([name]) => name !== 'cpu' && name !== 'memory'),
    )
  return { limits: rest(resources?.limits), requests: rest(resources?.requests) }
}
