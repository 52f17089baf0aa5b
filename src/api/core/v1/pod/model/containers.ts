import type { Container, PodSpec } from '../../../../generated/types/index.ts'

/** Whether an init container keeps running beside the others: its own restart policy is Always. */
export function isSidecar({ restartPolicy }: Pick<Container, 'restartPolicy'>): boolean {
  return restartPolicy === 'Always'
}

/** The init containers that keep running. */
export function sidecarsOf(spec: PodSpec | undefined): readonly Container[] {
  return (spec?.initContainers ?? []).filter(isSidecar)
}

/** Init containers, then containers: all that an administrator's rules about resources cover. */
export function allContainersOf(spec: PodSpec | undefined): readonly Container[] {
  return [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]
}
