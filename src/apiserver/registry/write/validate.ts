import { invalid } from '#machinery/status'
import type { FieldErrors } from '#machinery/validation'
import type { Write } from './write.ts'

/**
 * Stage: the kind's rules refuse what is invalid, and warn of what is better done otherwise.
 * @throws StatusError 422 that lists every error.
 */
export function validate(write: Write): Write {
  const { scope, object } = write
  const errors = errorsOf(write)
  if (errors.length > 0) throw invalid(scope.resource, object.metadata?.name ?? '', errors)
  scope.warnings.push(...warningsOf(write))
  return write
}

function errorsOf({ scope, object, existing }: Write): FieldErrors {
  const { strategy, subresources } = scope.stored
  if (!existing) return strategy.validate(object)
  const part = subresources?.[scope.subresource]
  if (part?.kind === 'part') return part.validateUpdate(object, existing.object)
  return strategy.validateUpdate(object, existing.object)
}

/** Whoever only labels an object, or writes its status, has heard the warnings before. */
function warningsOf({ scope, object, existing }: Write): readonly string[] {
  const { strategy } = scope.stored
  if (!existing) return strategy.warnings?.(object) ?? []
  if (object.metadata?.generation === existing.object.metadata.generation) return []
  return strategy.warnings?.(object, existing.object) ?? []
}
