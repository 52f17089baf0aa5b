import type { Secret } from '../../../generated/types/index.ts'
import { fill } from '../../../shared/change.ts'
import { ageColumn, integer, nameColumn, text } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { validateSecret, validateSecretUpdate } from './validation.ts'

/** Secrets hold what only some may read. */
export const secrets = defineResource<Secret>(
  { group: '', version: 'v1', kind: 'Secret' },
  {
    columns: [
      nameColumn,
      text('Type', ({ type }) => type ?? ''),
      integer('Data', ({ data = {} }) => Object.keys(data).length),
      ageColumn,
    ],
    selectableFields: { type: ({ type }) => type ?? '' },
    default: (secret) => fill(withEncodedText(secret), { type: 'Opaque' }),
    // An update that says nothing of the type means the one there is.
    prepareForUpdate: (draft, old) => fill(draft, old.type ? { type: old.type } : {}),
    validate: validateSecret,
    validateUpdate: validateSecretUpdate,
  },
)

/** `stringData` is only for writing: it becomes data, over what stands there. */
function withEncodedText(secret: Secret): Secret {
  const { stringData, ...rest } = secret
  if (!stringData) return secret
  const encoded = Object.entries(stringData).map(([key, value]) => [
    key,
    Buffer.from(value).toString('base64'),
  ])
  return { ...rest, data: { ...rest.data, ...Object.fromEntries(encoded) } }
}
