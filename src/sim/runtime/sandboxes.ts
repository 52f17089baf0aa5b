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
  readonly pool: { readonly cidr: string; readonly cursor: number } | undefined
}

export interface SandboxesWorld extends ContainersWorld {
  readonly networkReady: () => boolean
  readonly pool?: { readonly cidr: string; readonly cursor: number }
}

export function createSandboxes(world: SandboxesWorld): Sandboxes {
  const { records, fabric } = world
  let cidr = world.pool?.cidr
  let pool: AddressPool | undefined =
    cidr === undefined ? undefined : createAddressPool(cidr, world.pool?.cursor)
  const attach = (sandbox: SandboxRecord) => {
    sandbox.address = fabric.attach(sandbox.ip, stackOf(sandbox, world))
  }
  return {
    async run(config, signal) {
      const take = (id: string) => addressFrom(id, pool, world)
      const sandbox = await makeSandbox(world, config, take, signal)
      if (sandbox.ip !== '') attach(sandbox)
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
      return { ...shown(sandbox), ips: sandbox.ip === '' ? [] : [sandbox.ip], namespaces }
    },
    list: (filter) =>
      [...records.sandboxes.values()].filter((each) => fits(each, filter)).map(shown),
    setPodCidr(wanted) {
      if (wanted === cidr || wanted === '') return
      cidr = wanted
      pool = createAddressPool(wanted)
    },
    reattach: attach,
    lose() {
      for (const sandbox of records.sandboxes.values()) {
        if (sandbox.state === 'ready') detach(sandbox)
        sandbox.state = 'notReady'
      }
    },
    get pool() {
      return pool && cidr !== undefined ? { cidr, cursor: pool.cursor } : undefined
    },
  }
}

async function makeSandbox(
  { records, clock, random }: SandboxesWorld,
  config: SandboxConfig,
  takeAddress: (id: string) => string,
  signal: AbortSignal,
): Promise<SandboxRecord> {
  refuseSecond(records, config)
  const id = newId(random)
  await clock.sleep(setupMs, signal)
  const onNode = config.linux.securityContext.namespaces.network === 'node'
  const ip = onNode ? '' : takeAddress(id)
  const sandbox: SandboxRecord = { id, config, createdAtMs: clock.wallMs(), state: 'ready', ip }
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
  sandbox.ip = ''
}

function addressFrom(
  id: string,
  pool: AddressPool | undefined,
  { fabric, networkReady }: SandboxesWorld,
): string {
  if (!networkReady() || !pool) throw noNetwork(id, 'cni plugin not initialized')
  const ip = pool.take((each) => fabric.at(each) !== undefined)
  if (ip !== undefined) return ip
  throw noNetwork(
    id,
    'plugin type="bridge" failed (add): failed to allocate for range 0: no IP addresses available in range set',
  )
}

function noNetwork(id: string, why: string): RuntimeError {
  return new RuntimeError('unknown', `failed to setup network for sandbox "${id}": ${why}`)
}

function stackOf(sandbox: SandboxRecord, { node, records }: SandboxesWorld): NetworkStack {
  return {
    node,
    podUid: sandbox.config.metadata.uid,
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
