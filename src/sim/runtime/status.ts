import type { Container, ContainerFilter, ContainerStatus, ContainerUser, Image } from '#runtime'
import type { ContainerRecord } from './container/records.ts'
import { userOf } from './files/permissions.ts'
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

/** A status names the image as the registry does; lists have the id alone. */
export function statusOf(
  container: ContainerRecord,
  logPath: string,
  image: Image | undefined,
): ContainerStatus {
  const { sandboxId: _, ...shown } = shownContainer(container)
  const { config, resources, imageId, startedAtMs, finishedAtMs, exitCode, reason, message } =
    container
  const { stopSignal, mounts } = config
  const name = image?.repoTags[0]
  return {
    ...shown,
    ...(name === undefined ? {} : { image: { ref: name, userSpecified: name } }),
    imageRef: image?.repoDigests[0] ?? imageId,
    imageId,
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
    ...(finishedAtMs === undefined ? {} : { finishedAtMs }),
    exitCode,
    reason,
    message,
    mounts,
    logPath,
    resources,
    user: shownUser(container),
    ...(stopSignal === undefined ? {} : { stopSignal }),
  }
}

function shownUser({ config }: ContainerRecord): ContainerUser {
  const { uid, gid, groups } = userOf(config)
  return { uid, gid, supplementalGroups: groups }
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
