import { type FieldErrors, fieldPath } from '#machinery/validation'
import type { CSINode } from '../../../generated/types/storage-v1.ts'
import { eachItem, onlyOnce, requireValue } from '../../../shared/checks.ts'
import { ageColumn, integer, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

/** CSINodes tell which storage drivers a node has. */
export const csiNodes = defineResource<CSINode>(
  { group: 'storage.k8s.io', version: 'v1', kind: 'CSINode' },
  {
    columns: [nameColumn, integer('Drivers', ({ spec }) => spec.drivers.length), ageColumn],
    validate,
  },
)

function validate({ spec }: CSINode): FieldErrors {
  const seen = new Set<string>()
  return eachItem(spec?.drivers, fieldPath('spec', 'drivers'), ({ name, nodeID }, at) => [
    ...requireValue(name, at.child('name')),
    ...requireValue(nodeID, at.child('nodeID')),
    ...(name ? onlyOnce(seen, name, at.child('name')) : []),
  ])
}
