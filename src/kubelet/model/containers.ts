import type { Container, EphemeralContainer, Pod } from '#api'

/** A container of any of the three lists, as far as starting one is concerned. */
export type AnyContainer = Container | EphemeralContainer

export type RestartPolicy = 'Always' | 'OnFailure' | 'Never'

/** An init container that keeps running beside the others. */
export function isRestartable(container: AnyContainer): boolean {
  return 'restartPolicy' in container && container.restartPolicy === 'Always'
}

/** An init container that the pod waits for. */
export function runsToEnd(pod: Pod, { name }: AnyContainer): boolean {
  return initContainersOf(pod).some((each) => each.name === name && !isRestartable(each))
}

export function initContainersOf(pod: Pod): readonly Container[] {
  return pod.spec?.initContainers ?? []
}

export function containersOf(pod: Pod): readonly Container[] {
  return pod.spec?.containers ?? []
}

export function ephemeralContainersOf(pod: Pod): readonly EphemeralContainer[] {
  return pod.spec?.ephemeralContainers ?? []
}

export function podRestartPolicy(pod: Pod): RestartPolicy {
  return (pod.spec?.restartPolicy as RestartPolicy | undefined) ?? 'Always'
}

/** `spec.containers{web}`: the part of the pod that an event about a container names. */
export function fieldPathOf(pod: Pod, name: string): string {
  if (initContainersOf(pod).some((container) => container.name === name)) {
    return `spec.initContainers{${name}}`
  }
  if (ephemeralContainersOf(pod).some((container) => container.name === name)) {
    return `spec.ephemeralContainers{${name}}`
  }
  return `spec.containers{${name}}`
}

interface Ended {
  readonly exitCode: number
}

/**
 * Whether a container that ended with `exitCode` is to be started again: its own rules in order,
 * then its own policy, then the pod's (upstream: ContainerShouldRestart).
 */
export function shouldRestart(pod: Pod, container: AnyContainer, { exitCode }: Ended): boolean {
  if ('restartPolicy' in container && container.restartPolicy) {
    for (const rule of container.restartPolicyRules ?? []) {
      if (ruleMatches(rule.exitCodes, exitCode)) return rule.action === 'Restart'
    }
    return byPolicy(container.restartPolicy as RestartPolicy, exitCode)
  }
  return byPolicy(podRestartPolicy(pod), exitCode)
}

function ruleMatches(
  codes: { readonly operator?: string; readonly values?: readonly number[] } | undefined,
  exitCode: number,
): boolean {
  if (!codes) return false
  const listed = (codes.values ?? []).includes(exitCode)
  return codes.operator === 'NotIn' ? !listed : listed
}

function byPolicy(policy: RestartPolicy, exitCode: number): boolean {
  if (policy === 'Never') return false
  return policy === 'Always' || exitCode !== 0
}
