import type { Container, PodSecurityContext, PodSpec, SecurityContext } from '#api'

/** A pod, or the template of one, as far as the checks look at it. */
export interface CheckedPod {
  readonly annotations: Readonly<Record<string, string>>
  readonly spec: PodSpec
}

/** What is wrong with a pod: in short for a list of pods, and with the details of this one. */
export interface PodSecurityViolation {
  readonly reason: string
  readonly detail: string
}

/** Looks for one kind of privilege. */
export type CheckPod = (pod: CheckedPod) => PodSecurityViolation | undefined

/** A check through the versions of Kubernetes. */
export interface Check {
  readonly id: string
  readonly level: 'baseline' | 'restricted'
  /** The newest last. */
  readonly versions: readonly {
    /** The minor version from which on it is so. */
    readonly since: number
    readonly check: CheckPod
    /** Checks of the baseline that it takes the place of. */
    readonly overrides?: readonly string[]
  }[]
}

/** Any container of a pod, in the order in which upstream looks at them. */
export type CheckedContainer = Pick<
  Container,
  | 'name'
  | 'ports'
  | 'securityContext'
  | 'livenessProbe'
  | 'readinessProbe'
  | 'startupProbe'
  | 'lifecycle'
>

export function everyContainer({ spec }: CheckedPod): readonly CheckedContainer[] {
  return [
    ...(spec.initContainers ?? []),
    ...(spec.containers ?? []),
    ...(spec.ephemeralContainers ?? []),
  ]
}

/** `"a", "b"` */
export function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ')
}

/** The word for one or for several. */
export function counted(one: string, several: string, count: number): string {
  return count === 1 ? one : several
}

/** `container "a"`, `containers "a", "b"` */
export function containersText(names: readonly string[]): string {
  return `${counted('container', 'containers', names.length)} ${quoted(names)}`
}

/** The names of the containers of which it holds. */
export function containersThat(
  pod: CheckedPod,
  holds: (container: CheckedContainer) => boolean,
): readonly string[] {
  return everyContainer(pod)
    .filter(holds)
    .map(({ name }) => name)
}

/** `pod and container "a"`: who sets what must not be set; undefined where nobody does. */
export function settersText(
  pod: CheckedPod,
  isBad: (context: PodSecurityContext | SecurityContext) => boolean,
): string | undefined {
  const { securityContext } = pod.spec
  const names = containersThat(pod, (container) =>
    Boolean(container.securityContext && isBad(container.securityContext)),
  )
  const setters = [
    ...(securityContext && isBad(securityContext) ? ['pod'] : []),
    ...(names.length > 0 ? [containersText(names)] : []),
  ]
  return setters.length > 0 ? setters.join(' and ') : undefined
}

/** The contexts of the pod and of its containers. */
export function contextsOf(pod: CheckedPod): readonly (PodSecurityContext | SecurityContext)[] {
  const all = [pod.spec, ...everyContainer(pod)].map(({ securityContext }) => securityContext)
  return all.filter((context) => context !== undefined)
}

/** Each once, in order. */
export function sorted(values: Iterable<string>): readonly string[] {
  return [...new Set(values)].toSorted()
}

/** The same check, which pods in a user namespace of their own need not pass. */
export function unlessUserNamespace(check: CheckPod): CheckPod {
  return (pod) => (pod.spec.hostUsers === false ? undefined : check(pod))
}

/** The same check, which says nothing about Windows. */
export function unlessWindows(check: CheckPod): CheckPod {
  return (pod) => (pod.spec.os?.name === 'windows' ? undefined : check(pod))
}
