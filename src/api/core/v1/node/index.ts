import type { Node, NodeSpec } from '../../../generated/types/index.ts'
import { change, fillAbsent } from '../../../shared/change.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { keepStatus, statusPart } from '../../../shared/status.ts'
import { nodeColumns } from './columns.ts'
import { validateNode, validateNodeUpdate } from './validation.ts'

/** Nodes are the machines that run pods. */
export const nodes = defineResource<Node>(
  { group: '', version: 'v1', kind: 'Node' },
  {
    columns: nodeColumns,
    selectableFields: {
      'spec.unschedulable': ({ spec }) => String(spec?.unschedulable ?? false),
    },
    default: (node) => {
      const filled = fillAbsent(node, { spec: {}, status: {} })
      return change(filled, {
        spec: filled.spec && mirrorPodCidr(filled.spec),
        status: filled.status && allocateAll(filled.status),
      })
    },
    prepareForUpdate: keepStatus,
    validate: validateNode,
    validateUpdate: validateNodeUpdate,
    subresources: {
      status: statusPart(),
      proxy: { kind: 'connect', methods: ['GET', 'POST', 'PUT', 'DELETE'] },
    },
  },
)

/** `podCIDR` is the first of `podCIDRs`; where they differ, the single one counts. */
function mirrorPodCidr(spec: NodeSpec): NodeSpec {
  const { podCIDR, podCIDRs } = spec
  if (podCIDR && podCIDR !== podCIDRs?.[0]) return { ...spec, podCIDRs: [podCIDR] }
  return podCIDRs?.[0] ? change(spec, { podCIDR: podCIDRs[0] }) : spec
}

/** What a node does not keep for itself it has to give. */
function allocateAll(status: NonNullable<Node['status']>): NonNullable<Node['status']> {
  return status.capacity ? fillAbsent(status, { allocatable: status.capacity }) : status
}
