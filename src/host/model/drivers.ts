/** A claim of devices as its driver is told of it. */
export interface DriverClaim {
  readonly namespace: string
  readonly uid: string
  readonly name: string
}

/** A device of a claim that its driver has made ready. */
export interface PreparedDevice {
  /** The requests of the claim that it is for; none for all of them. */
  readonly requestNames: readonly string[]
  readonly poolName: string
  readonly deviceName: string
  /** Names of the Container Device Interface by which the runtime adds it to a container. */
  readonly cdiDeviceIds: readonly string[]
}

/** What a driver says of one claim. */
export type PrepareAnswer =
  | { readonly error: string }
  | { readonly devices: readonly PreparedDevice[] }

/** A driver that has registered itself with this node (upstream: the gRPC service `DRAPlugin`). */
export interface DeviceDriver {
  /** Makes the devices of claims ready, by the claims' uids; asked again it gives the same. */
  prepare(
    claims: readonly DriverClaim[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, PrepareAnswer>>
  /** Takes that back; what went wrong, if anything did, by the claims' uids. */
  unprepare(
    claims: readonly DriverClaim[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, { readonly error?: string }>>
}

/** The drivers of devices on a node. */
export interface HostDrivers {
  find(name: string): DeviceDriver | undefined
  /** Registers drivers as they come, and forgets those that go, until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>
}
