import { type FieldErrors, fieldPath, requiredField } from '#machinery/validation'
import { ensure, onlyOnce } from '../../shared/checks.ts'

/** Conditions of a type each, and no more of it. */
export function validateConditions(
  conditions: readonly { readonly type?: string }[] = [],
): FieldErrors {
  const path = fieldPath('status', 'conditions')
  const seen = new Set<string>()
  return conditions.flatMap(({ type = '' }, i) => {
    const at = path.index(i).child('type')
    return [...onlyOnce(seen, type, at), ...ensure(type !== '', () => requiredField(at))]
  })
}
