import { goQuote, type KubeObject } from '#machinery'
import { checkQualifiedName } from '#machinery/validation'

const standard: readonly string[] = ['foregroundDeletion', 'kubernetes', 'orphan']

/** What is better not called so among the finalizers that a write adds to a custom resource. */
export function finalizerWarnings({ metadata }: KubeObject, old?: KubeObject): readonly string[] {
  const before = old?.metadata?.finalizers ?? []
  const added = new Set((metadata?.finalizers ?? []).filter((name) => !before.includes(name)))
  return [...added].sort().flatMap(warningsOf)
}

function warningsOf(name: string): readonly string[] {
  const warning = (text: string) => `metadata.finalizers: ${goQuote(name)}: ${text}`
  const malformed = checkQualifiedName(name).map(warning)
  if (name.includes('/') || standard.includes(name)) return malformed
  const path = name.includes('.') ? ' including a path (/)' : ''
  const prefer = `prefer a domain-qualified finalizer name${path} to avoid accidental conflicts with other finalizer writers`
  return [...malformed, warning(prefer)]
}
