import { type Node, nodes } from '#api'
import { connectToCluster } from '#cluster'
import { systemClock } from '#lib'
import { humanDuration, type Stored } from '#machinery'
import { formatTable } from '../terminal/table.ts'

/** A node as `knarr status` shows it. */
export interface NodeRow {
  readonly name: string
  readonly ready: boolean
  readonly age: string
  readonly version: string
  readonly internalIp: string
}

/** Reads the nodes of the cluster in `dataDir` from its API. */
export async function nodeRows(dataDir: string): Promise<readonly NodeRow[]> {
  using connection = connectToCluster(dataDir)
  const { items } = await connection.client.list(nodes)
  return items.map(toRow)
}

/** Formats those nodes as a table. */
export async function nodeTable(dataDir: string): Promise<string> {
  const rows = await nodeRows(dataDir)
  return formatTable(
    ['NAME', 'STATUS', 'AGE', 'VERSION', 'INTERNAL-IP'],
    rows.map((row) => [
      row.name,
      row.ready ? 'Ready' : 'NotReady',
      row.age,
      row.version,
      row.internalIp,
    ]),
  )
}

function toRow({ metadata, status }: Stored<Node>): NodeRow {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True'
  const address = status?.addresses?.find(({ type }) => type === 'InternalIP')?.address
  const ageMs = systemClock.wallMs() - Date.parse(metadata.creationTimestamp)
  return {
    name: metadata.name,
    ready,
    age: humanDuration(ageMs),
    version: status?.nodeInfo?.kubeletVersion ?? '',
    internalIp: address ?? '<none>',
  }
}
