import type { Container, ContainerFilter, ContainerStatus } from '#runtime'
import type { ContainerRecord } from './records.ts'
import { hasLabels } from './sandboxes.ts'

/** A container as lists show it. */
export function shownContainer(container: ContainerRecord): Container {
  const { id, sandboxId, config, createdAtMs, imageId, state } = container
  const { metadata, image, labels, annotations } = config
  return {
    id,
    sandboxId,
    metadata,
    image,
    imageRef: imageId,
    state,
    createdAtMs,
    labels,
    annotations,
  }
}

export function statusOf(container: ContainerRecord, logPath: string): ContainerStatus {
  const { sandboxId: _, ...shown } = shownContainer(container)
  const { config, resources, imageId, startedAtMs, finishedAtMs, exitCode, reason, message } =
    container
  const { stopSignal, linux, mounts } = config
  const { runAsUser = 0, runAsGroup = 0, supplementalGroups = [] } = linux.securityContext
  return {
    ...shown,
    imageId,
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
    ...(finishedAtMs === undefined ? {} : { finishedAtMs }),
    exitCode,
    reason,
    message,
    mounts,
    logPath,
    resources,
    // containerd counts the group itself among them.
    user: {
      uid: runAsUser,
      gid: runAsGroup,
      supplementalGroups: [...new Set([runAsGroup, ...supplementalGroups])],
    },
    ...(stopSignal === undefined ? {} : { stopSignal }),
  }
}

export function fitsContainer(container: ContainerRecord, filter: ContainerFilter): boolean {
  const { id, state, sandboxId, config } = container
  return (
    (filter.id === undefined || filter.id === id) &&
    (filter.state === undefined || filter.state === state) &&
    (filter.sandboxId === undefined || filter.sandboxId === sandboxId) &&
    hasLabels(config.labels, filter.labels)
  )
}
