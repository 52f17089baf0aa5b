import type { Column, Stored } from '#machinery'
import type { Node } from '../../../generated/types/index.ts'
import { ageColumn, nameColumn, none, text, wide } from '../../../shared/columns.ts'
import { nodeReadyCondition } from './readiness.ts'

const unknown = '<unknown>'
const rolePrefix = 'node-role.kubernetes.io/'
const roleLabel = 'kubernetes.io/role'

export const nodeColumns: readonly Column<Node>[] = [
  nameColumn,
  text('Status', statusText),
  text('Roles', rolesText),
  ageColumn,
  text('Version', ({ status }) => status?.nodeInfo?.kubeletVersion ?? ''),
  ...wide<Node>(
    text('Internal-IP', (node) => addressOf(node, 'InternalIP')),
    text('External-IP', (node) => addressOf(node, 'ExternalIP')),
    text('OS-Image', ({ status }) => status?.nodeInfo?.osImage || unknown),
    text('Kernel-Version', ({ status }) => status?.nodeInfo?.kernelVersion || unknown),
    text('Container-Runtime', ({ status }) => status?.nodeInfo?.containerRuntimeVersion || unknown),
  ),
]

function statusText(node: Node): string {
  const ready = nodeReadyCondition(node)
  const status = !ready ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady'
  return node.spec?.unschedulable ? `${status},SchedulingDisabled` : status
}

function rolesText({ metadata }: Stored<Node>): string {
  const roles = Object.entries(metadata.labels ?? {}).flatMap(([key, value]) => {
    const role = key.startsWith(rolePrefix) ? key.slice(rolePrefix.length) : ''
    return role || (key === roleLabel ? value : '') || []
  })
  return [...new Set(roles)].sort().join(',') || none
}

function addressOf({ status }: Node, type: string): string {
  return status?.addresses?.find((address) => address.type === type)?.address ?? none
}
