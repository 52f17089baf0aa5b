import type { Pod } from '#api'
import type { Stored } from '#machinery'
import { linuxResources } from '../containers/resources.ts'
import {
  type AnyContainer,
  containersOf,
  initContainersOf,
  isRestartable,
} from '../model/containers.ts'
import { newestOf, type ObservedContainer } from '../model/observed.ts'
import { qosOf } from '../model/qos.ts'
import { type ResizeAction, resizeAction } from '../resize/resize-action.ts'
import { observedOf, type PodContext } from './pod-context.ts'

/** The pod with what it is granted, as long as it is to run. */
export function grantedPod(context: PodContext): Stored<Pod> {
  const { shared, resize } = context
  const { pod } = context.machine()
  return resize.grant(pod, () => shared.resizeRefusal(pod))
}

/** A running container that is to be given other resources. */
export interface ContainerResize {
  readonly container: AnyContainer
  readonly newest: ObservedContainer
  readonly action: Exclude<ResizeAction, 'none'>
}

/** The containers of a pod, with what it is granted, that have something else now. */
export function resizesOf(pod: Stored<Pod>, context: PodContext): readonly ContainerResize[] {
  const { resize, shared } = context
  const resizable = [...initContainersOf(pod).filter(isRestartable), ...containersOf(pod)]
  return resizable.flatMap((container) => {
    const newest = newestOf(observedOf(context), container.name)
    if (newest?.state !== 'running') return []
    const desired = linuxResources(container, qosOf(pod), shared.world.facts)
    const actuated = resize.actuated(newest.id)
    const action = resizeAction(container, newest, { actuated, desired })
    if (action !== 'none') return [{ container, newest, action }]
    if (!actuated) resize.actuate(newest.id, resourcesOf(container))
    return []
  })
}

export function resourcesOf(container: AnyContainer) {
  return ('resources' in container && container.resources) || {}
}
