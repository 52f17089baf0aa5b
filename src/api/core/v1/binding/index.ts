import {
  type FieldErrors,
  fieldPath,
  notSupportedField,
  requiredField,
} from '#machinery/validation'
import type { Binding } from '../../../generated/types/index.ts'
import { ensure } from '../../../shared/checks.ts'
import { nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

/** Bindings give a pod to a node; they are created through pods and never stored. */
export const bindings = defineResource<Binding>(
  { group: '', version: 'v1', kind: 'Binding' },
  { columns: [nameColumn], validate: validateBinding },
)

/** A pod is bound to a node, by name (upstream: ValidatePodBinding). */
export function validateBinding({ target }: Binding): FieldErrors {
  const path = fieldPath('target')
  const { kind = '', name } = target ?? {}
  return [
    ...ensure(kind === '' || kind === 'Node', () =>
      notSupportedField(path.child('kind'), kind, ['Node', '<empty>']),
    ),
    ...ensure(Boolean(name), () => requiredField(path.child('name'))),
  ]
}
