import type { Stored, Subresource } from '#machinery'
import {
  checkQualifiedName,
  type FieldErrors,
  type FieldPath,
  fieldPath,
  invalidField,
  labelName,
  validateMetaOnUpdate,
} from '#machinery/validation'
import type { Namespace } from '../../../generated/types/index.ts'
import { change } from '../../../shared/change.ts'
import { eachItem, ensure, invalidWith } from '../../../shared/checks.ts'
import { ageColumn, nameColumn, text } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { statusPart, withStatus } from '../../../shared/status.ts'

const nameLabel = 'kubernetes.io/metadata.name'
/** What keeps a namespace until all that is in it is gone. */
const ownFinalizer = 'kubernetes'

/** `/finalize`: the namespace's own finalizers, which are not those of its metadata. */
const finalize: Subresource<Namespace> = {
  kind: 'part',
  verbs: ['update'],
  prepareForUpdate: (draft, old) => change(draft, { status: old.status }),
  validateUpdate: (namespace, old) => [
    ...validateMetaOnUpdate(namespace, old),
    ...validateFinalizers(namespace),
  ],
}

/** Namespaces divide the names of a cluster. */
export const namespaces = defineResource<Namespace>(
  { group: '', version: 'v1', kind: 'Namespace' },
  {
    columns: [nameColumn, text('Status', ({ status }) => status?.phase ?? ''), ageColumn],
    selectableFields: {
      name: ({ metadata }) => metadata.name,
      'status.phase': ({ status }) => status?.phase ?? '',
    },
    checkName: labelName,
    default: withNameLabel,
    prepareForCreate: (draft) => withStatus(withFinalizer(draft), { phase: 'Active' }),
    prepareForUpdate: (draft, old) => change(draft, { spec: old.spec, status: old.status }),
    validate: validateFinalizers,
    beginDeletion: (namespace) =>
      change(namespace, {
        status: change(namespace.status ?? {}, { phase: 'Terminating' }),
      }),
    holdsDeletion: ({ spec }) => Boolean(spec?.finalizers?.length),
    subresources: { status: statusPart({ validate: validatePhase }), finalize },
  },
)

/** Every namespace can be selected by its name. */
function withNameLabel(namespace: Namespace): Namespace {
  const { metadata = {} } = namespace
  if (!metadata.name || metadata.labels?.[nameLabel] === metadata.name) return namespace
  const labels = { ...metadata.labels, [nameLabel]: metadata.name }
  return { ...namespace, metadata: { ...metadata, labels } }
}

function withFinalizer(namespace: Namespace): Namespace {
  const finalizers = namespace.spec?.finalizers ?? []
  if (finalizers.includes(ownFinalizer)) return namespace
  return { ...namespace, spec: { finalizers: [...finalizers, ownFinalizer] } }
}

function validateFinalizers({ spec }: Namespace): FieldErrors {
  return eachItem(spec?.finalizers, fieldPath('spec', 'finalizers'), (finalizer, at) => {
    const messages = checkQualifiedName(finalizer)
    if (messages.length > 0) return invalidWith(at, finalizer, messages)
    return ensure(finalizer.includes('/') || finalizer === ownFinalizer, () =>
      invalidField(
        at,
        finalizer,
        'name is neither a standard finalizer name nor is it fully qualified',
      ),
    )
  })
}

function validatePhase(namespace: Namespace, old: Stored<Namespace>): FieldErrors {
  const phase = namespace.status?.phase ?? ''
  const path: FieldPath = fieldPath('status', 'phase')
  if (old.metadata.deletionTimestamp === undefined) {
    return ensure(phase === 'Active', () =>
      invalidField(path, phase, "may only be 'Active' if `deletionTimestamp` is empty"),
    )
  }
  return ensure(phase === 'Terminating', () =>
    invalidField(path, phase, "may only be 'Terminating' if `deletionTimestamp` is not empty"),
  )
}
