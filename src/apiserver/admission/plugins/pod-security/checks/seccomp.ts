import {
  type CheckedPod,
  contextsOf,
  type PodSecurityViolation,
  quoted,
  settersText,
  sorted,
} from './check.ts'

/** Whether the profile is the runtime's or one of the node. */
export function isKnownSeccomp(type: string): boolean {
  return type === 'Localhost' || type === 'RuntimeDefault'
}

/** Who sets a profile that must not be. */
export function seccompSetters(
  pod: CheckedPod,
  isBad: (type: string | undefined) => boolean,
): PodSecurityViolation | undefined {
  const setters = settersText(pod, ({ seccompProfile }) => isBad(seccompProfile?.type))
  if (!setters) return undefined
  const types = contextsOf(pod).flatMap(({ seccompProfile }) => seccompProfile?.type ?? [])
  const detail = `${setters} must not set securityContext.seccompProfile.type to ${quoted(sorted(types.filter(isBad)))}`
  return { reason: 'seccompProfile', detail }
}
