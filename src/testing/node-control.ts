import { type FaultSpec, faults, type PartitionDirection } from '#api'
import type { SimCluster } from '#cluster/simulation'
import { KnarrError } from '#lib'
import { extend, type NodeView, nodeView } from './views.ts'

/**
 * A node, and what can be done to it. What is done takes effect when time next moves, also when
 * nobody awaits it.
 */
export interface NodeControl extends NodeView {
  /** The machine is gone with all that runs on it. */
  crash(): Promise<void>
  /** Its kubelet does nothing; containers run on. */
  hang(): Promise<void>
  /** It and the API server do not hear each other. */
  partition(direction?: PartitionDirection): Promise<void>
  /** Paths of all files on its disk below a directory, sorted. */
  files(below: string): readonly string[]
  /** Heals all faults of this node; one that crashed boots. */
  restart(): Promise<void>
}

export function createNodeControl(cluster: SimCluster, name: string): NodeControl {
  const { client, objects } = cluster
  const machine = cluster.nodes.get(name)
  if (!machine) {
    const known = [...cluster.nodes.keys()].slice(0, 5).join(', ')
    throw new KnarrError('NoSuchNode', `there is no node ${name}; there are ${known}`)
  }
  const strike = async (word: string, spec: Omit<FaultSpec, 'node'>) => {
    await client.create(faults, {
      metadata: { name: `${word}-${name}` },
      spec: { ...spec, node: name },
    })
  }
  return extend(nodeView(objects, name), {
    files: machine.files,
    crash: () => strike('crash', { type: 'NodeCrash' }),
    hang: () => strike('hang', { type: 'KubeletHang' }),
    partition: (direction: PartitionDirection = 'Both') =>
      strike('partition', { type: 'NodePartition', direction }),
    restart: async () => {
      for (const { metadata, spec } of objects.list(faults)) {
        if (spec.node === name) await client.delete(faults, { name: metadata.name })
      }
    },
  })
}
