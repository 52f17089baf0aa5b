/** `/resize`: other amounts of cpu and memory for containers that run. */
import { deepEqual, type Stored } from '#machinery'
import {
  type FieldErrors,
  type FieldPath,
  fieldPath,
  forbiddenField,
  invalidField,
} from '#machinery/validation'
import type { Container, Pod, ResourceRequirements } from '../../../generated/types/index.ts'
import { change, changeMember, mapItems } from '../../../shared/change.ts'
import { eachItem, ensure } from '../../../shared/checks.ts'
import { isSidecar } from './model/containers.ts'
import { podQosClass } from './model/qos.ts'
import { validateLivePod } from './validation/pod.ts'
import { isStatic } from './validation/update.ts'

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
  if (isStatic(old)) return [forbiddenField(fieldPath(''), 'static pods cannot be resized')]
  if (old.spec?.os?.name === 'windows') {
    return [forbiddenField(fieldPath(''), 'windows pods cannot be resized')]
  }
  const before = old.status?.qosClass ?? podQosClass(old)
  const [spec, oldSpec] = [pod.spec, old.spec]
  return [
    ...validateLivePod(pod),
    ...ensure(before === podQosClass(pod), () =>
      invalidField(path, before, 'Pod QOS Class may not change as a result of resizing'),
    ),
    ...ensure(isSupported(old), () =>
      forbiddenField(path, 'Pod running on node without support for resize'),
    ),
    ...eachItem(oldSpec?.initContainers, path.child('initContainers'), (container, at, i) =>
      isSidecar(container)
        ? validateKept(spec?.initContainers?.[i]?.resources, container.resources, at)
        : [],
    ),
    ...eachItem(oldSpec?.containers, path.child('containers'), (container, at, i) =>
      validateKept(spec?.containers[i]?.resources, container.resources, at),
    ),
    ...(oldSpec?.containers ?? []).flatMap((container, i) =>
      ensure(onlyHostResourcesDiffer(spec?.containers[i], container), () =>
        forbiddenField(path, 'only cpu and memory resources are mutable'),
      ),
    ),
    ...(oldSpec?.initContainers ?? []).flatMap((container, i) =>
      validateInitResize(spec?.initContainers?.[i], container),
    ),
  ]
}

/** A kubelet that can resize tells what is in force in the containers that run. */
function isSupported({ status }: Pod): boolean {
  const running = status?.containerStatuses?.find(({ state }) => state?.running)
  return running === undefined || running.resources !== undefined
}

function validateKept(
  resources: ResourceRequirements | undefined,
  old: ResourceRequirements | undefined,
  at: FieldPath,
): FieldErrors {
  return (['requests', 'limits'] as const).flatMap((list) => {
    const names = Object.keys(old?.[list] ?? {})
    return ensure(
      names.every((name) => resources?.[list]?.[name] !== undefined),
      () => forbiddenField(at.child('resources', list), `resource ${list} cannot be removed`),
    )
  })
}

function validateInitResize(container: Container | undefined, old: Container): FieldErrors {
  if (isSidecar(old)) {
    return ensure(onlyHostResourcesDiffer(container, old), () =>
      forbiddenField(path, 'only cpu and memory resources for sidecar containers are mutable'),
    )
  }
  return ensure(deepEqual(container?.resources, old.resources), () =>
    forbiddenField(path, 'resources for non-sidecar init containers are immutable'),
  )
}

function onlyHostResourcesDiffer(container: Container | undefined, old: Container): boolean {
  return deepEqual(fixedPart(container?.resources), fixedPart(old.resources))
}

function fixedPart(resources: ResourceRequirements | undefined): unknown {
  const rest = (list: ResourceRequirements['limits']) =>
    Object.fromEntries(
      Object.entries(list ?? {}).filter(([name]) => name !== 'cpu' && name !== 'memory'),
    )
  return { limits: rest(resources?.limits), requests: rest(resources?.requests) }
}
