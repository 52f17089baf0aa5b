import type { UserInfo } from '#machinery'

const nodePrefix = 'system:node:'
/** The group of kubelets. */
const nodesGroup = 'system:nodes'

/** Whether the user is a kubelet, by its name and group. */
export function isNode({ name, groups }: UserInfo): boolean {
  return name.startsWith(nodePrefix) && groups.includes(nodesGroup)
}

/** The name of a kubelet's node; undefined for other users and for one that names no node. */
export function nodeNameOf(user: UserInfo): string | undefined {
  if (!isNode(user)) return undefined
  return user.name.slice(nodePrefix.length) || undefined
}
