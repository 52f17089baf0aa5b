import { goQuote, type KubeObject } from '#machinery'
import { type FieldErrors, fieldPath, invalidField, requiredField } from '#machinery/validation'

const annotation = 'api-approved.kubernetes.io'
const see = 'see https://github.com/kubernetes/enhancements/pull/1111'

/** Whether the Kubernetes project has approved a kind of one of its own groups. */
export type ApprovalState = 'missing' | 'bypassed' | 'approved' | 'invalid'

/** Whether a group belongs to the Kubernetes project. */
export function isProtectedGroup(group: string): boolean {
  return /(^|\.)(k8s|kubernetes)\.io$/.test(group)
}

/** What the annotation of a definition says of the approval, and the reason in words. */
export function approvalOf({ metadata }: KubeObject): {
  readonly state: ApprovalState
  readonly reason: string
} {
  const text = metadata?.annotations?.[annotation] ?? ''
  const must = `protected groups must have approval annotation ${goQuote(annotation)}`
  if (text === '') return { state: 'missing', reason: `${must}, ${see}` }
  if (text.startsWith('unapproved')) {
    return { state: 'bypassed', reason: `not approved: ${goQuote(text)}` }
  }
  if (hasHost(text)) return { state: 'approved', reason: `approved in ${text}` }
  const either = 'with either a URL or a reason starting with "unapproved"'
  return { state: 'invalid', reason: `${must} ${either}, ${see}` }
}

function hasHost(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/[^/?#]/i.test(text) && URL.canParse(text)
}

/** Errors of a definition in a group of the Kubernetes project without approval, unless it had none before. */
export function validateApproval(
  group: string,
  definition: KubeObject,
  old: KubeObject | undefined,
): FieldErrors {
  if (!isProtectedGroup(group)) return []
  const { state, reason } = approvalOf(definition)
  if (old && approvalOf(old).state === state) return []
  const path = fieldPath('metadata', 'annotations').key(annotation)
  if (state === 'missing') return [requiredField(path, reason)]
  if (state !== 'invalid') return []
  return [invalidField(path, definition.metadata?.annotations?.[annotation], reason)]
}
