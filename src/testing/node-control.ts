import { type FaultSpec, faults, type PartitionDirection } from '#api'
import type { SimCluster } from '#cluster/simulation'
import { KnarrError } from '#lib'
import { LiveNode, type NodeView } from './views.ts'

/**
 * A node, and the faults that a test can cause there. Each takes effect when time next advances, also
 * when nobody awaits it.
 */
export interface NodeControl extends NodeView {
  /** Loses the machine with all that runs on it. */
  crash(): Promise<void>
  /** Stops its kubelet from doing anything; containers run on. */
  hang(): Promise<void>
  /** Cuts it off from the API server, in both directions unless told otherwise. */
  partition(direction?: PartitionDirection): Promise<void>
  /** Returns the paths of all files on its disk below a directory, sorted. */
  files(below: string): readonly string[]
  /** Heals all faults of this node; one that crashed boots. */
  restart(): Promise<void>
}

class LiveNodeControl extends LiveNode implements NodeControl {
  readonly #cluster: SimCluster

  constructor(cluster: SimCluster, name: string) {
    super(cluster.objects, name)
    this.#cluster = cluster
  }

  crash(): Promise<void> {
    return this.#createFault('crash', { type: 'NodeCrash' })
  }

  hang(): Promise<void> {
    return this.#createFault('hang', { type: 'KubeletHang' })
  }

  partition(direction: PartitionDirection = 'Both'): Promise<void> {
    return this.#createFault('partition', { type: 'NodePartition', direction })
  }

  files(below: string): readonly string[] {
    return machineOf(this.#cluster, this.name).files(below)
  }

  async restart(): Promise<void> {
    const { client, objects } = this.#cluster
    for (const { metadata, spec } of objects.list(faults)) {
      if (spec.node === this.name) await client.delete(faults, { name: metadata.name })
    }
  }

  async #createFault(word: string, spec: Omit<FaultSpec, 'node'>): Promise<void> {
    await this.#cluster.client.create(faults, {
      metadata: { name: `${word}-${this.name}` },
      spec: { ...spec, node: this.name },
    })
  }
}

/** Makes the control of a node. @throws KnarrError `NoSuchNode` for one that the cluster was not made with. */
export function createNodeControl(cluster: SimCluster, name: string): NodeControl {
  machineOf(cluster, name)
  return new LiveNodeControl(cluster, name)
}

function machineOf({ nodes }: SimCluster, name: string) {
  const machine = nodes.get(name)
  if (machine) return machine
  const known = [...nodes.keys()].slice(0, 5).join(', ')
  throw new KnarrError('NoSuchNode', `there is no node ${name}; there are ${known}`)
}
