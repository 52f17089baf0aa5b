import {
  RuntimeError,
  type Sandbox,
  type SandboxConfig,
  type SandboxFilter,
  type SandboxStatus,
} from '#runtime'
import type { NetworkStack } from '../model/fabric.ts'
import { type AddressPool, createAddressPool } from './addresses.ts'
import { type ContainersWorld, killContainer, removeContainer } from './container/containers.ts'
import { listenerIn } from './container/listener.ts'
import { type RuntimeRecords, recordsOf, type SandboxRecord } from './container/records.ts'
import { newId } from './container/runtime-node.ts'
import type { SavedPools } from './saved-runtime.ts'

/** Namespaces and network of a pod take this long to make. */
const setupMs = 100

/** The sandboxes of one node. */
export interface Sandboxes {
  run(config: SandboxConfig, signal: AbortSignal): Promise<string>
  stop(id: string): void
  remove(id: string): void
  status(id: string): SandboxStatus
  list(filter: SandboxFilter): readonly Sandbox[]
  setPodCidr(cidr: string): void
  /** Takes back an address that a saved sandbox had. */
  reattach(sandbox: SandboxRecord): void
  /** All of them are gone, as after a loss of power. */
  lose(): void
  readonly pool: SavedPools | undefined
}

export interface SandboxesWorld extends ContainersWorld {
  readonly networkReady: () => boolean
  readonly pool?: SavedPools
}

export function createSandboxes(world: SandboxesWorld): Sandboxes {
  const { records, fabric } = world
  let cidr = world.pool?.cidr
  let pools = cidr === undefined ? undefined : poolsOf(cidr, world.pool?.cursors)
  const attach = (sandbox: SandboxRecord) => {
    const stack = stackOf(sandbox, world)
    const address = new DisposableStack()
    for (const ip of sandbox.ips) address.use(fabric.attach(ip, stack))
    sandbox.address = address
  }
  return {
    async run(config, signal) {
      const take = (id: string) => addressesFrom(id, pools, world)
      const sandbox = await makeSandbox(world, config, take, signal)
      if (sandbox.ips.length > 0) attach(sandbox)
      world.report('created', sandbox.id, sandbox)
      world.report('started', sandbox.id, sandbox)
      return sandbox.id
    },
    stop: (id) => stopSandbox(world, id),
    remove: (id) => removeSandbox(world, id),
    status(id) {
      const sandbox = records.sandboxes.get(id)
      if (!sandbox) throw sandboxNotFound(id)
      const { namespaces } = sandbox.config.linux.securityContext
      return { ...shown(sandbox), ips: sandbox.ips, namespaces }
    },
    list: (filter) =>
      [...records.sandboxes.values()].filter((each) => fits(each, filter)).map(shown),
    setPodCidr(wanted) {
      if (wanted === cidr || wanted === '') return
      cidr = wanted
      pools = poolsOf(wanted)
    },
    reattach: attach,
    lose() {
      for (const sandbox of records.sandboxes.values()) {
        if (sandbox.state === 'ready') detach(sandbox)
        sandbox.state = 'notReady'
      }
    },
    get pool() {
      return pools && cidr !== undefined
        ? { cidr, cursors: pools.map(({ cursor }) => cursor) }
        : undefined
    },
  }
}

async function makeSandbox(
  { records, clock, random }: SandboxesWorld,
  config: SandboxConfig,
  takeAddresses: (id: string) => readonly string[],
  signal: AbortSignal,
): Promise<SandboxRecord> {
  refuseSecond(records, config)
  const id = newId(random)
  await clock.sleep(setupMs, signal)
  const onNode = config.linux.securityContext.namespaces.network === 'node'
  const ips = onNode ? [] : takeAddresses(id)
  const sandbox: SandboxRecord = { id, config, createdAtMs: clock.wallMs(), state: 'ready', ips }
  records.sandboxes.set(id, sandbox)
  records.bySandbox.set(id, new Set())
  return sandbox
}

function stopSandbox({ records, report }: SandboxesWorld, id: string): void {
  const sandbox = records.sandboxes.get(id)
  if (!sandbox || sandbox.state === 'notReady') return
  for (const container of recordsOf(records, id)) killContainer(container)
  detach(sandbox)
  sandbox.state = 'notReady'
  report('stopped', id, sandbox)
}

function removeSandbox(world: SandboxesWorld, id: string): void {
  const { records, report } = world
  const sandbox = records.sandboxes.get(id)
  if (!sandbox) return
  stopSandbox(world, id)
  for (const container of recordsOf(records, id)) removeContainer(world, container.id)
  records.sandboxes.delete(id)
  records.bySandbox.delete(id)
  report('deleted', id, sandbox)
}

function detach(sandbox: SandboxRecord): void {
  sandbox.address?.[Symbol.dispose]()
  delete sandbox.address
  sandbox.ips = []
}

/** One of each network, of which a node has one for each family. */
function addressesFrom(
  id: string,
  pools: readonly AddressPool[] | undefined,
  { fabric, networkReady }: SandboxesWorld,
): readonly string[] {
  if (!networkReady() || !pools) throw noNetwork(id, 'cni plugin not initialized')
  return pools.map((pool, range) => {
    const ip = pool.take((each) => fabric.at(each) !== undefined)
    if (ip !== undefined) return ip
    throw noNetwork(
      id,
      `plugin type="bridge" failed (add): failed to allocate for range ${range}: no IP addresses available in range set`,
    )
  })
}

function poolsOf(cidrs: string, cursors: readonly number[] = []): readonly AddressPool[] {
  return cidrs.split(',').map((cidr, index) => createAddressPool(cidr, cursors[index]))
}

function noNetwork(id: string, why: string): RuntimeError {
  return new RuntimeError('unknown', `failed to setup network for sandbox "${id}": ${why}`)
}

function stackOf(sandbox: SandboxRecord, { node, records }: SandboxesWorld): NetworkStack {
  return {
    node,
    podUid: sandbox.config.metadata.uid,
    pod: { namespace: sandbox.config.metadata.namespace, name: sandbox.config.metadata.name },
    labels: sandbox.config.labels,
    listener: (port, _address, transport) =>
      listenerIn(sandbox, recordsOf(records, sandbox.id), port, transport),
  }
}

function refuseSecond(records: RuntimeRecords, { metadata }: SandboxConfig): void {
  const nameOf = ({ name, namespace, uid, attempt }: SandboxConfig['metadata']) =>
    `${name}_${namespace}_${uid}_${attempt}`
  const name = nameOf(metadata)
  for (const { id, config } of records.sandboxes.values()) {
    if (nameOf(config.metadata) !== name) continue
    throw new RuntimeError(
      'unknown',
      `failed to reserve sandbox name "${name}": name "${name}" is reserved for "${id}"`,
    )
  }
}

function fits({ id, state, config }: SandboxRecord, filter: SandboxFilter): boolean {
  return (
    (filter.id === undefined || filter.id === id) &&
    (filter.state === undefined || filter.state === state) &&
    hasLabels(config.labels, filter.labels)
  )
}

export function hasLabels(
  labels: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>> = {},
): boolean {
  for (const name in wanted) if (labels[name] !== wanted[name]) return false
  return true
}

function shown({ id, config, state, createdAtMs }: SandboxRecord): Sandbox {
  const { metadata, labels, annotations, runtimeHandler = '' } = config
  return { id, metadata, state, createdAtMs, labels, annotations, runtimeHandler }
}

function sandboxNotFound(id: string): RuntimeError {
  return new RuntimeError(
    'notFound',
    `an error occurred when try to find sandbox: not found: ${id}`,
  )
}
