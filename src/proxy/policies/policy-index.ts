import type { NetworkPolicy, Pod } from '#api'
import type { Labels } from '#machinery/selectors'
import { emptyPolicyTable, type PodIsolation, type PolicyTable } from '#network'
import { createPeerGroups } from './peer-groups.ts'
import { factsOf, isSameToPolicies, type PodFacts } from './pod-facts.ts'
import { createPodStore } from './pod-store.ts'
import { createPolicySelection } from './policy-selection.ts'

/** The node that a table is for. */
export interface PolicyNode {
  readonly name: string
  /** Where its pods ask for names, if the node itself answers there. */
  readonly nameServers: readonly string[]
}

/**
 * Makes the table of a node from policies, pods and namespaces, which are given one by one. What a change
 * costs depends on what it changes: the pods and the rules that it concerns, not on how many there are.
 */
export interface PolicyIndex {
  setPolicy(key: string, policy: NetworkPolicy | undefined): void
  /** Answers whether policies see a difference. */
  setPod(key: string, pod: Pod | undefined): boolean
  setNamespace(name: string, labels: Labels | undefined): void
  /** Answers whether they are other ones. */
  setNodeAddresses(addresses: readonly string[]): boolean
  /** The table as things are now; the same one while nothing of it changes. */
  table(): PolicyTable
}

export function createPolicyIndex(node: PolicyNode): PolicyIndex {
  const pods = createPodStore(node.name)
  const groups = createPeerGroups(pods)
  const selection = createPolicySelection(groups, pods.localIn)
  let haveIsolationsChanged = false
  let table: PolicyTable = { ...emptyPolicyTable, nameServers: node.nameServers }
  let nodeAddresses: readonly string[] = []
  for (const pod of nameServerPods(node)) pods.set(pod.key, pod)

  const isolations = (): ReadonlyMap<string, PodIsolation> => {
    const found = new Map<string, PodIsolation>()
    for (const { key, ips } of pods.local()) {
      const isolation = selection.isolationOf(key)
      for (const ip of ips) {
        // An older pod may still stand here with an address that it has no more.
        if (isolation) found.set(ip, isolation)
        else found.delete(ip)
      }
    }
    return found
  }
  const rulesAfter = (changed: ReadonlySet<string>) => {
    if (changed.size === 0) return table.policies
    const next = new Map(table.policies)
    for (const key of changed) {
      const rules = selection.rulesOf(key)
      if (rules) next.set(key, rules)
      else next.delete(key)
    }
    return next
  }
  return {
    setPolicy: (key, policy) => {
      selection.setPolicy(key, policy)
      haveIsolationsChanged = true
    },
    setPod: (key, pod) => {
      const before = pods.get(key)
      const after = pod && factsOf(pod)
      if (isSameToPolicies(before, after)) return false
      pods.set(key, after)
      groups.movePod(before, after)
      selection.setPod(key, after?.node === node.name ? after : undefined)
      haveIsolationsChanged ||= [before, after].some((each) => each?.node === node.name)
      return true
    },
    setNamespace: groups.setNamespace,
    setNodeAddresses: (addresses) => {
      if (addresses.join() === nodeAddresses.join()) return false
      nodeAddresses = addresses
      return true
    },
    table: () => {
      const policies = rulesAfter(selection.takeChanged())
      const sets = groups.sets()
      const next: PolicyTable = {
        ...table,
        pods: haveIsolationsChanged ? isolations() : table.pods,
        policies,
        sets,
        nodeAddresses,
      }
      haveIsolationsChanged = false
      if (!isSameTable(next, table)) table = Object.freeze(next)
      return table
    },
  }
}

function isSameTable(a: PolicyTable, b: PolicyTable): boolean {
  return (
    a.pods === b.pods &&
    a.policies === b.policies &&
    a.sets === b.sets &&
    a.nodeAddresses === b.nodeAddresses
  )
}

/** The pod that upstream's DNS would have: policies let pods ask for names by its labels. */
function nameServerPods({ nameServers }: PolicyNode): readonly PodFacts[] {
  if (nameServers.length === 0) return []
  const pod: PodFacts = {
    // Nobody can make a pod of this name.
    key: 'kube-system/kube-dns/node',
    namespace: 'kube-system',
    labels: { 'k8s-app': 'kube-dns' },
    ips: nameServers,
    ports: [
      { name: 'dns', protocol: 'UDP', port: 53 },
      { name: 'dns-tcp', protocol: 'TCP', port: 53 },
    ],
    node: '',
    madeAt: '',
  }
  return [pod]
}
